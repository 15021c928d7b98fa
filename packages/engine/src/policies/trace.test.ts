// Tests of the trace: every attempt is counted when it goes and told when it is decided.

import { type Fact, pause, virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, failed, handFlow, response, target } from "../../testing/exchange.ts";
import type { Outcome } from "../outcome.ts";
import { trace } from "./trace.ts";

const a = target("a");

function scene() {
  const rt = virtualRuntime("trace");
  const facts: Fact[] = [];
  rt.bus.listen((fact) => facts.push(fact));
  return { rt, facts, policy: trace()(rt) };
}

test("an attempt is counted before it goes, and each one leaves a step, a fact and its time", async () => {
  const { rt, facts, policy } = scene();
  const x = exchange({ target: a });
  const after = (ms: number, outcome: Outcome) => async () => {
    attempts.push(x.tally.attempts);
    await pause(rt.clock, ms, x.signal);
    return outcome;
  };
  const attempts: number[] = [];
  const refused = failed("overloaded", { code: undefined, response: response(529) });
  const { flow } = handFlow();
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  expect(await rt.clock.runUntil(policy.handle(x, after(300, refused)))).toBe(refused);
  expect(await rt.clock.runUntil(policy.handle(x, after(200, answer)))).toBe(answer);
  expect(attempts).toEqual([1, 2]);
  expect([x.tally.attempts, x.tally.wireMs]).toEqual([2, 500]);
  expect(x.tally.steps).toEqual([
    { at: 300, what: "sent", upstream: "a", ms: 300, why: "overloaded" },
    { at: 500, what: "sent", upstream: "a", ms: 200, why: "ok" },
  ]);
  expect(facts).toMatchObject([
    { kind: "attempt", at: 300, x, verdict: "overloaded", status: 529, tookMs: 300 },
    { kind: "attempt", at: 500, x, verdict: "ok", code: undefined, status: 200, tookMs: 200 },
  ]);
});

test("a failure that nobody answered has a code and no status", async () => {
  const { facts, policy } = scene();
  await policy.handle(exchange(), async () => failed("unreachable", { code: "connect_timeout" }));
  expect(facts).toMatchObject([{ verdict: "unreachable", code: "connect_timeout", status: undefined }]);
});
