// Tests of what several attempts of one request come to on its tenant's budget.

import { type AttemptCost, type Exchange, newTally, type Outcome } from "@fairlead/engine";
import { costOf, NO_USAGE, type Usage } from "@fairlead/protocol";
import { describe, expect, test } from "vitest";
import { failed, handFlow, response, target } from "../../testing/exchange.ts";
import { MODEL, scene } from "../../testing/tenancy-scene.ts";

const HOUR = 3_600_000;
const DAY = { budget: { usd_per_day: 5 } };
const priceOf = (usage: Usage) => costOf(usage, MODEL, { atMs: 1_767_225_600_000 }).picoUsd;
const came = (picoUsd: number, at = 0): AttemptCost => ({ at, picoUsd, usage: NO_USAGE, model: MODEL });

/** One request whose attempts the test ends by hand, as the ledger would tell of them. */
function told(allowance: Parameters<typeof scene>[0] = DAY) {
  const world = scene(allowance);
  let seen: Exchange | undefined;
  const { flow, facts } = handFlow();
  flow.pipe({ write: () => true, end() {}, fail() {} });
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
  let go: (outcome: Outcome) => void = () => {};
  world.give((x) => {
    seen = x;
    return new Promise((resolve) => {
      go = resolve;
    });
  });
  const outcome = world.send({ stream: true, maxTokens: 100, tally: newTally() });
  return {
    ...world,
    flow,
    facts,
    outcome,
    answer: () => go(answer),
    fail: (failure: Outcome) => go(failure),
    attempt: (cost: AttemptCost) => seen?.tally.spent?.(cost),
    asked: () => seen?.tally.spent !== undefined,
    used: (window = "day") => world.figures()[`project  usd_per_${window}`]?.used ?? Number.NaN,
  };
}

describe("a budget is charged", () => {
  test("for each attempt when it is over, beside what is kept for the one to come", async () => {
    const { attempt, answer, used, flow, facts, outcome } = told();
    const reserved = used();
    expect(reserved).toBeGreaterThan(0);
    attempt(came(700));
    expect(used()).toBe(reserved + 700);
    answer();
    await outcome;
    facts.usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 50 };
    attempt(came(9_000));
    flow.complete();
    expect(used()).toBe(9_700);
  });

  test("for one that was called off, however late it is told", async () => {
    const { attempt, answer, used, flow, facts, outcome } = told();
    answer();
    await outcome;
    facts.usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 50 };
    attempt(came(priceOf(facts.usage)));
    flow.complete();
    attempt(came(333));
    expect(used()).toBe(priceOf(facts.usage) + 333);
  });

  test("when the request has failed, for those that were billed, told before or after", async () => {
    const { attempt, fail, used, outcome } = told();
    attempt(came(400));
    fail(failed("overloaded", { response: response(529) }));
    await outcome;
    expect(used()).toBe(400);
    attempt(came(5));
    expect(used()).toBe(405);
  });

  test("by the request's own estimate until its only attempt is told", async () => {
    const { attempt, answer, used, flow, facts, outcome } = told();
    answer();
    await outcome;
    facts.usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 50 };
    flow.complete();
    expect(used()).toBe(priceOf(facts.usage));
    attempt(came(12));
    expect(used()).toBe(12);
  });

  test("by the price of what was asked for where the model that answered has none", async () => {
    const { attempt, answer, used, flow, outcome } = told();
    answer();
    await outcome;
    const usage = { ...NO_USAGE, outputTokens: 1_000 };
    attempt({ at: 0, picoUsd: undefined, usage, model: "claude-next-9" });
    flow.complete();
    expect(used()).toBe(priceOf(usage));
  });
});

test("what the ledger has besides counts beside what is kept for requests under way", async () => {
  let ledger = 0;
  const { rt, tenancy, send, answers, figures } = scene(DAY, { options: { spentSince: async () => BigInt(ledger) } });
  const used = () => figures()["project  usd_per_day"]?.used ?? 0;
  const made = answers();
  await rt.clock.advance(60_000);
  await send({ stream: true, maxTokens: 10_000 });
  const reserved = used();
  await send({ method: "GET", path: "/v1/messages/batches/msgbatch_1/results", model: "", body: null });
  made[1]?.end();
  ledger = 777;
  await rt.clock.advance(11_000);
  expect(used()).toBe(reserved + 777);
  made[0]?.tell({ inputTokens: 100, outputTokens: 50 });
  made[0]?.end();
  expect(used()).toBe(777 + priceOf({ ...NO_USAGE, inputTokens: 100, outputTokens: 50 }));
  // What has ended is in the ledger too, and counts once.
  ledger = used();
  await send({ method: "GET", path: "/v1/messages/batches/msgbatch_1/results", model: "", body: null });
  made[2]?.end();
  await rt.clock.advance(11_000);
  expect(used()).toBe(ledger);
  await tenancy.close();
});

test("an attempt counts in the windows that it began in, as its row does", async () => {
  const { rt, attempt, answer, used, flow, outcome } = told({ budget: { usd_per_hour: 5, usd_per_day: 5 } });
  const [first, reserved] = [rt.clock.wall(), used()];
  await rt.clock.advance(HOUR);
  expect(used("hour")).toBe(0);
  attempt(came(700, first));
  expect([used("hour"), used()]).toEqual([0, reserved + 700]);
  const second = rt.clock.wall();
  attempt(came(90, second));
  // It goes on in this hour, and what is kept for it is of this hour too.
  expect([used("hour"), used()]).toEqual([reserved + 90, reserved + 790]);
  answer();
  await outcome;
  attempt(came(8_000, second));
  flow.complete();
  expect([used("hour"), used()]).toEqual([8_090, 8_790]);
});

test("requests and tokens are drawn once, and nobody is told of attempts where there is no budget", async () => {
  const limits = { limits: { rpm: 10, otpm: 1_000 } };
  const { asked, answer, outcome } = told(limits);
  expect(asked()).toBe(false);
  answer();
  await outcome;
  const both = told({ ...limits, ...DAY });
  expect(both.asked()).toBe(true);
  both.attempt(came(1));
  both.attempt(came(2));
  expect(both.figures()["project  requests"]?.used).toBeCloseTo(1);
});
