// The failover bench over real sockets: the scorecard that docs/failover.md shows, and pings while an answer is held.

import { readFileSync } from "node:fs";
import type { Sighting } from "@fairlead/simulator";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsOf } from "../grid/sight.ts";
import { startStand } from "../grid/stand.ts";
import { ask, endOf, FORMS, playBench, SCENARIOS, type Score } from "./bench.ts";
import { failoverDocument } from "./document.ts";
import type { Form } from "./scenario.ts";

let scores: readonly Score[];
beforeAll(async () => {
  scores = await playBench();
}, 180_000);

const of = (form: Form) => scores.filter((one) => one.form === form);
/** What the card says of a form, by scenario, but for what passes. */
const others = (form: Form) =>
  Object.fromEntries(
    of(form)
      .filter(({ verdict }) => verdict !== "pass")
      .map(({ scenario, verdict, missing }) => [scenario.id, `${verdict}: ${missing.join("; ")}`]),
  );

test("there are sixteen, each once", () => {
  const ids = SCENARIOS.map(({ id }) => id);
  expect(ids).toEqual(Array.from({ length: 16 }, (_, i) => `S${String(i + 1).padStart(2, "0")}`));
});

test.each(FORMS.filter(({ streamed, hold }) => !streamed || hold === "whole"))(
  "16 of 16 pass, streamed $streamed, hold $hold",
  (form) => {
    expect(of(form)).toHaveLength(16);
    expect(others(form)).toEqual({});
  },
);

test("streamed with the default hold, all pass but the cuts after content, which end honestly", () => {
  const form = FORMS.find(({ streamed, hold }) => streamed && hold === "first-content") as Form;
  const safe = "safe: ended honest";
  expect(others(form)).toEqual({ S08: safe, S09: safe, S10: safe, S14: safe });
});

test("docs/failover.md shows this card; `npm run failover` writes it anew", () => {
  const text = readFileSync(new URL("../../docs/failover.md", import.meta.url), "utf8");
  expect(text).toBe(failoverDocument(scores));
});

describe("an answer that is held until it is whole", () => {
  const form = FORMS.find(({ streamed, hold }) => streamed && hold === "whole") as Form;
  /** Some 400 tokens in about 4 s. */
  const slow = JSON.stringify({ blocks: [{ type: "text", words: 300 }], delta_chars: 24, tokens_per_second: 110 });

  test("has pings of ours before it while it is slow, and comes whole, also from the second upstream", async () => {
    const stand = await startStand({
      regions: ["primary", "fallback"],
      config: "recover: { hold: whole }\nstream: { ping: 1s }",
    });
    try {
      const right = await ask(stand, form, "fallback", slow);
      expect(eventsOf(right.body)[0]?.event).toBe("message_start");
      for (const cut of [false, true]) {
        if (cut) stand.fault({ kind: "reset", phase: "mid-text", filter: { region: "primary" } });
        const seen = await ask(stand, form, undefined, slow);
        expect(endOf(form, seen, right)).toBe("answered");
        const names = eventsOf(seen.body).map(({ event }) => event);
        const pings = names.indexOf("message_start");
        expect(pings).toBeGreaterThanOrEqual(2);
        expect(new Set(names.slice(0, pings))).toEqual(new Set(["ping"]));
        expect(seen.firstByteMs).toBeLessThan(2_500);
        expect(seen.totalMs).toBeGreaterThan(3_000);
      }
    } finally {
      await stand.close();
    }
  }, 60_000);
});

describe("the eye of the bench", () => {
  const form: Form = { streamed: true, hold: "first-content" };
  const frame = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
  const head = [
    frame("message_start", { message: {} }),
    frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "One. " } }),
  ].join("");
  const more = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Two." } });
  const tail = [
    frame("content_block_stop", { index: 0 }),
    frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
    frame("message_stop", {}),
  ].join("");
  const seen = (body: string, more: Partial<Sighting> = {}): Sighting => ({
    raw: Buffer.alloc(0),
    ended: "fin",
    status: 200,
    headers: {},
    body: Buffer.from(body),
    whole: true,
    firstByteMs: 1,
    totalMs: 2,
    ...more,
  });
  const right = seen(head + more + tail);

  test.each([
    ["the whole answer", seen(head + more + tail), "answered"],
    ["a truncated answer that ends as if complete", seen(head + tail), "wrong"],
    ["a truncated answer that just ends", seen(head), "wrong"],
    ["a broken connection", seen(head + more + tail, { whole: false }), "wrong"],
    ["an error event", seen(head + frame("error", { error: { type: "api_error" } })), "honest"],
    ["an error status", seen("{}", { status: 529 }), "honest"],
    ["nothing", seen("", { status: 0, whole: false }), "wrong"],
  ])("takes %s for what it is", (_, one, end) => expect(endOf(form, one, right)).toBe(end));
});
