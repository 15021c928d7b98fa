// Scenarios S08 to S11 and S14: the primary's answer breaks in its middle, or ends without its last word.

import { eventsOf, jsonOf } from "../grid/sight.ts";
import { MODEL } from "../grid/stand.ts";
import type { Check, Run, Scenario } from "./scenario.ts";

const bounded = ({ seen }: Run, ms: number): Check => [`over within ${ms} ms`, seen.totalMs <= ms];

/** The scenarios, in order of their numbers. */
export const STREAMS: readonly Scenario[] = [
  {
    id: "S08",
    title: "cut after two thirds",
    fault: "the primary's connection is reset when two thirds of the answer are sent",
    passes: "the whole answer; a truncated one never looks like success",
    faults: () => [{ kind: "reset", phase: "mid-text" }],
    checks: () => [],
  },
  {
    id: "S09",
    title: "stall in the middle",
    fault: "the primary goes silent in the middle of the answer",
    passes: "noticed within 6 s; the whole answer; the next request is well",
    faults: () => [{ kind: "stall", phase: "mid-text" }],
    checks: (run) => [bounded(run, 6_000)],
  },
  {
    id: "S10",
    title: "an event that is not JSON",
    fault: "the tenth event of the primary's stream is broken JSON (JSON: the body ends in its middle)",
    passes: "the whole answer; nothing partial looks like success, and the process lives",
    faults: ({ streamed }) => [
      streamed
        ? { kind: "malformed-event", phase: "after-headers", params: { position: 10 } }
        : { kind: "truncate", phase: "mid-text" },
    ],
    checks: () => [],
  },
  {
    id: "S11",
    title: "no last event",
    fault: "the primary's stream is whole but for message_stop (JSON has no such event: played without a fault)",
    passes: "the answer ends promptly, and its usage is there",
    faults: ({ streamed }) => (streamed ? [{ kind: "no-message-stop" }] : []),
    checks: (run) => [
      bounded(run, 3_000),
      ["one attempt in all", run.primary.length === 1 && run.fallback.length === 0],
      ["usage is there", usageOf(run)],
    ],
  },
  {
    id: "S14",
    title: "cut, and no prefill at the fallback",
    fault:
      "the primary cuts the stream in its middle, and the fallback refuses requests that end with an assistant turn",
    passes: "the whole answer; no error about prefill ever reaches the client",
    faults: () => [{ kind: "truncate", phase: "mid-text" }],
    checks: ({ seen, fallback }) => [
      ["no word of prefill", !seen.raw.includes("prefill")],
      ["the fallback was never asked to continue an assistant turn", fallback.every(({ body }) => endsWithUser(body))],
    ],
    async act(stand, ask) {
      // The scenario means something only while the fallback does refuse.
      const messages = [
        { role: "user", content: "A question." },
        { role: "assistant", content: "The beginning of" },
      ];
      const prefilled = await stand.ask({ model: MODEL, max_tokens: 64, messages }, {}, "fallback");
      stand.simulator.log.clear();
      return {
        seen: await ask(),
        checks: [["the fallback refuses prefill", prefilled.status === 400 && prefilled.body.includes("prefill")]],
      };
    },
  },
];

function endsWithUser(body: Buffer): boolean {
  const messages = jsonOf(body.toString("utf8"))?.messages as Array<{ role: string }> | undefined;
  return messages?.at(-1)?.role === "user";
}

function usageOf({ form, seen }: Run): boolean {
  const end = form.streamed
    ? eventsOf(seen.body).findLast(({ event }) => event === "message_delta")?.data
    : jsonOf(seen.body.toString("utf8"));
  return ((end?.usage as { output_tokens?: number } | undefined)?.output_tokens ?? 0) > 0;
}
