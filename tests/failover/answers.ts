// Scenarios S01 to S07, S12, S13 and S16: the primary refuses, is silent, or answers what another must decide.

import { eventsOf, jsonOf } from "../grid/sight.ts";
import { type Check, type Run, type Scenario, times } from "./scenario.ts";

/** The late answer of S07, milliseconds. */
const LATE_MS = 6_000;
/** The words of the refusal of S13. */
const REFUSAL = "Output blocked by content filtering policy";
/** The model that the fallback of S16 knows. */
export const FALLBACK_MODEL = "claude-opus-4-6";

const attempts = ({ primary }: Run, low: number, high: number): Check => [
  low === high ? `${low} attempt${low === 1 ? "" : "s"} at the primary` : `${low} to ${high} attempts at the primary`,
  primary.length >= low && primary.length <= high,
];
const rescued = ({ fallback }: Run): Check => ["the fallback answered", fallback.length === 1];
const unmoved = ({ fallback }: Run): Check => ["the fallback was left alone", fallback.length === 0];
const within = ({ seen }: Run, ms: number): Check => [`answered within ${ms} ms`, seen.totalMs <= ms];

/** The scenarios, in order of their numbers. */
export const ANSWERS: readonly Scenario[] = [
  {
    id: "S01",
    title: "429 once, with Retry-After",
    fault: "the primary answers 429 with retry-after: 2 once, then is well",
    passes: "the primary is asked again, not before 1.8 s have passed, and answers",
    faults: () => [{ kind: "rate-limit", params: { retryAfter: 2 }, pattern: "once" }],
    checks: (run) => {
      const [first = 0, second = 0] = times(run.primary);
      return [attempts(run, 2, 2), unmoved(run), ["1.8 s between the two attempts", second - first >= 1_800]];
    },
  },
  {
    id: "S02",
    title: "429 always, without Retry-After",
    fault: "the primary answers 429 without retry-after, always",
    passes: "at most 4 attempts at the primary within 3 s and 6 in all; the fallback answers",
    faults: () => [{ kind: "rate-limit", params: { retryAfter: 0 } }],
    checks: (run) => {
      const at = times(run.primary);
      const early = at.filter((time) => time - (at[0] ?? 0) <= 3_000).length;
      return [attempts(run, 1, 6), ["at most 4 of them within 3 s", early <= 4], rescued(run)];
    },
  },
  {
    id: "S03",
    title: "500 once",
    fault: "the primary answers 500 once, then is well",
    passes: "the primary is asked again and answers",
    faults: () => [{ kind: "server-error", params: { status: "500" }, pattern: "once" }],
    checks: (run) => [attempts(run, 2, 2), unmoved(run)],
  },
  {
    id: "S04",
    title: "503 always",
    fault: "the primary answers 503 with an edge's page, always",
    passes: "at most 6 attempts at the primary; the fallback answers",
    faults: () => [{ kind: "server-error", params: { status: "503" } }],
    checks: (run) => [attempts(run, 1, 6), rescued(run)],
  },
  {
    id: "S05",
    title: "reset before headers, once",
    fault: "the primary reads the request and resets the connection, once",
    passes: "the request is answered",
    faults: () => [{ kind: "reset", phase: "before-headers", pattern: "once" }],
    checks: (run) => [attempts(run, 1, 2)],
  },
  {
    id: "S06",
    title: "silence",
    fault: "the primary accepts, reads and never answers",
    passes: "one attempt at the primary, and after its time-out the fallback answers, within 6 s",
    faults: () => [{ kind: "headers-never" }],
    checks: (run) => [attempts(run, 1, 1), rescued(run), within(run, 6_000)],
  },
  {
    id: "S07",
    title: "headers at once, first token late",
    fault: `the primary sends its headers at once and pings meanwhile (JSON: silence), but content only after ${LATE_MS / 1_000} s`,
    passes: `the request moves before that: an answer within three quarters of ${LATE_MS / 1_000} s`,
    faults: ({ streamed }) => [
      streamed
        ? { kind: "ping-only", phase: "after-headers", params: { everyMs: 300, ms: LATE_MS } }
        : { kind: "slow-first-byte", phase: "after-headers", params: { ms: LATE_MS } },
    ],
    checks: (run) => [rescued(run), within(run, (LATE_MS * 3) / 4)],
  },
  {
    id: "S12",
    title: "prompt too long for the primary",
    fault: "the primary answers 400 prompt is too long, always; the fallback has a larger context window",
    passes: "one attempt at the primary, then the upstream with the larger window answers",
    upstream: { primary: "context_window: 200000", fallback: "context_window: 1000000" },
    faults: () => [{ kind: "prompt-too-long", params: { tokens: 250_000, most: 200_000 } }],
    checks: (run) => [attempts(run, 1, 1), rescued(run)],
  },
  {
    id: "S13",
    title: "refused for policy",
    fault: "the primary refuses with 400 for a reason of policy",
    passes: "one attempt in all; the provider's status and reason reach the client",
    end: "refused",
    faults: () => [{ kind: "error-status", params: { status: 400, type: "invalid_request_error", message: REFUSAL } }],
    checks: (run) => [
      attempts(run, 1, 1),
      unmoved(run),
      ["status 400 and the provider's words", run.seen.status === 400 && run.seen.body.includes(REFUSAL)],
    ],
  },
  {
    id: "S16",
    title: "the books after a failover",
    fault: "the primary answers 529, always; the fallback knows the model by another name",
    passes:
      "the client is told the fallback's model and its usage, and who answered; only the fallback bills a completion",
    config: `
models:
  - { match: "claude-*", upstreams: [primary, { upstream: fallback, model: ${FALLBACK_MODEL} }] }`,
    faults: () => [{ kind: "overloaded" }],
    checks: (run) => {
      const { model, usage } = told(run);
      const { bills } = run.stand.simulator.bills();
      return [
        rescued(run),
        ["the answer names the fallback's model", model === FALLBACK_MODEL],
        ["the answer has its usage", typeof usage?.output_tokens === "number" && usage.output_tokens > 0],
        ["fairlead-upstream and fairlead-rewritten tell it", headersTell(run)],
        ["nothing billed at the primary", bills.every(({ region }) => region === "fallback")],
        ["one completion billed at the fallback", bills.length === 1 && bills[0]?.state === "complete"],
      ];
    },
  },
];

function told({ form, seen }: Run): { model: unknown; usage: { output_tokens?: unknown } | undefined } {
  if (!form.streamed) {
    const message = jsonOf(seen.body.toString("utf8"));
    return { model: message?.model, usage: message?.usage as { output_tokens?: unknown } };
  }
  const events = eventsOf(seen.body);
  const start = events.find(({ event }) => event === "message_start")?.data?.message as { model?: unknown } | undefined;
  const end = events.findLast(({ event }) => event === "message_delta")?.data;
  return { model: start?.model, usage: end?.usage as { output_tokens?: unknown } };
}

function headersTell({ seen: { headers } }: Run): boolean {
  // Pings that went out before anybody had answered took the headers with them.
  if (headers["fairlead-stream"] === "early") return true;
  return headers["fairlead-upstream"] === "fallback" && headers["fairlead-rewritten"] === "model";
}
