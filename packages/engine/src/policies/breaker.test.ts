// Tests of the breaker policy: what it lets through, what it refuses without sending, and what the results tell it.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { CIRCUIT, CONCURRENCY } from "../../testing/bounds.ts";
import { exchange, failed, handFlow, target } from "../../testing/exchange.ts";
import { readOptions } from "../options.ts";
import type { Answer, Outcome } from "../outcome.ts";
import { Health } from "../targets/health.ts";
import type { Verdict } from "../verdict.ts";
import { BREAKER_OPTIONS, breaker } from "./breaker.ts";

const a = target("a");
const OPTIONS = readOptions("breaker", BREAKER_OPTIONS, {});

function scene() {
  const rt = virtualRuntime("breaker");
  const health = new Health(rt, {
    circuit: CIRCUIT,
    concurrency: CONCURRENCY,
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 600_000,
    maxCells: 10,
  });
  const policy = breaker(OPTIONS, health)(rt);
  let n = 0;
  let sent = 0;
  const pass = (outcome: Outcome) => {
    n += 1;
    return policy.handle(exchange({ id: `r${n}`, target: a }), async () => {
      sent += 1;
      return outcome;
    });
  };
  const answer = () => {
    const { flow, source } = handFlow();
    const made: Answer = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
    flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
    return { made, source };
  };
  return { rt, health, policy, pass, answer, sent: () => sent };
}

test("after five failures nothing is sent, and the refusal says for how long", async () => {
  const { pass, sent } = scene();
  for (let i = 0; i < 5; i++) await pass(failed("unreachable"));
  const refusal = await pass(failed("unreachable"));
  expect(sent()).toBe(5);
  expect(refusal).toMatchObject({ ok: false, code: "upstream_open", unsent: true, target: a });
  if (refusal.ok) throw new Error("an answer");
  expect(refusal.retryAfterMs).toBeGreaterThanOrEqual(1_000);
});

test.each(["cancelled", "deadline"] as Verdict[])("%s says nothing of the upstream", async (verdict) => {
  const { pass, health } = scene();
  for (let i = 0; i < 50; i++) await pass(failed(verdict));
  expect(health.unfit(a, "m")).toBeUndefined();
});

test("a probe that is cancelled gives its place to the next", async () => {
  const { rt, pass, sent } = scene();
  for (let i = 0; i < 5; i++) await pass(failed("unreachable"));
  await rt.clock.advance(3_000);
  await pass(failed("cancelled"));
  await pass(failed("cancelled"));
  expect(sent()).toBe(7);
});

test("a probe that meets a defect of ours gives its place to the next", async () => {
  const { rt, policy, pass, sent } = scene();
  for (let i = 0; i < 5; i++) await pass(failed("unreachable"));
  await rt.clock.advance(3_000);
  const defect = policy.handle(exchange({ target: a }), () => Promise.reject(new Error("a defect")));
  await expect(defect).rejects.toThrow("a defect");
  await pass(failed("cancelled"));
  expect(sent()).toBe(6);
});

test("streams that break after their content open it, whole ones do not", async () => {
  const cut = scene();
  for (let i = 0; i < 5; i++) {
    // Each head is a success: what counts is that no stream comes whole.
    expect(cut.health.unfit(a, "m")).toBeUndefined();
    const { made, source } = cut.answer();
    await cut.pass(made);
    source.push("text a\n");
    await cut.rt.clock.advance(10);
    source.fail();
  }
  expect(cut.health.unfit(a, "m")?.kind).toBe("open");

  const together = scene();
  for (let i = 0; i < 9; i++) {
    const { made, source } = together.answer();
    await together.pass(made);
    source.push("text a\n");
    together.rt.clock.timer(10_000 - i, () => source.fail());
  }
  await together.rt.clock.advance(10_001);
  // One hiccup took them all.
  expect(together.health.unfit(a, "m")).toBeUndefined();

  const whole = scene();
  for (let i = 0; i < 30; i++) {
    const { made, source } = whole.answer();
    await whole.pass(made);
    source.push("text a\nstop\n");
    source.end();
  }
  expect(whole.health.unfit(a, "m")).toBeUndefined();
});

test("successes fill the retry budget, failures do not", async () => {
  const { pass, answer, health } = scene();
  while (health.draw(a, "m", 1));
  for (let i = 0; i < 4; i++) await pass(failed("rate-limited"));
  expect(health.draw(a, "m", 1)).toBe(false);
  for (let i = 0; i < 10; i++) await pass(answer().made);
  expect(health.draw(a, "m", 1)).toBe(true);
});

test("a stream that comes whole ends a row of broken ones", async () => {
  const { pass, answer, rt, health } = scene();
  const run = async (whole: boolean) => {
    const { made, source } = answer();
    await pass(made);
    source.push("text a\n");
    await rt.clock.advance(10);
    if (whole) source.push("stop\n");
    if (whole) source.end();
    else source.fail();
  };
  for (let i = 0; i < 20; i++) await run(i % 4 === 0);
  expect(health.unfit(a, "m")).toBeUndefined();
  for (let i = 0; i < 2; i++) await run(false);
  expect(health.unfit(a, "m")?.kind).toBe("open");
});

test("one that answers in part is used all the same when it was chosen, since nothing else is left", async () => {
  const { pass, answer, health, sent } = scene();
  for (let i = 0; health.unfit(a, "m") === undefined; i++) {
    await pass(i % 4 === 0 ? answer().made : failed("unreachable"));
    if (i > 200) throw new Error("it never opens");
  }
  const before = sent();
  const { made } = answer();
  expect(await pass(made)).toBe(made);
  expect(sent()).toBe(before + 1);
});
