// Tests of the bill: what is expected, what is booked, and that repeats and hedges stay within their shares.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, handFlow, lineReader, response, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { SpendCap } from "../mechanics/spend-cap.ts";
import { readOptions } from "../options.ts";
import type { Answer, Failure, Outcome } from "../outcome.ts";
import { Health } from "../targets/health.ts";
import { Router } from "../targets/router.ts";
import type { Target } from "../targets/target.ts";
import { RETRY_OPTIONS, retry } from "./retry.ts";
import { maybeBilled, Spend } from "./spend.ts";

const LOOK = { ...exchange().look, model: "claude-haiku-5-5" };
const ESTIMATE = {
  estimate: () => ({
    route: { model: "claude-haiku-5-5", stream: true, thinking: false, bytes: 10 },
    cost: { requests: 1, input: 1_000_000, output: 0 },
  }),
};
const numbers = (share: number, floor = 0) => ({ share, windowMs: 600_000, floorPicoUsd: floor, maxTenants: 10 });

function bill(share: number, hedges?: number) {
  const rt = virtualRuntime("spend");
  const repeats = new SpendCap(numbers(share));
  const own = hedges === undefined ? undefined : new SpendCap(numbers(hedges));
  return { rt, repeats, own, spend: new Spend(rt, ESTIMATE, repeats, own) };
}

const asked = (more: Partial<Exchange> = {}) => exchange({ look: LOOK, ...more });

/** An answer of so many input tokens, ended. */
function answer(inputTokens: number, at: Target = target("a")): Answer {
  const reader = lineReader();
  reader.facts.usage = {
    inputTokens,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
  } as never;
  const { flow, source } = handFlow(reader);
  flow.pipe({ write: () => true, end() {}, fail() {} });
  source.push("start\ntext\nstop\n");
  source.end();
  return { ok: true, status: 200, headers: [], flow, target: at, rewritten: false };
}

describe("what an attempt is expected to cost", () => {
  test("is the price of its estimate, and nothing for what costs nothing", () => {
    const { spend } = bill(0.05);
    const cost = spend.expected(asked());
    expect(cost).toBeGreaterThan(1e11);
    expect(spend.expected(asked({ path: "/v1/messages/count_tokens" }))).toBe(0);
    expect(spend.expected(asked({ look: { ...LOOK, model: "nobody-knows" } }))).toBe(0);
    expect(spend.expected(asked({ look: { ...LOOK, model: undefined } }))).toBe(0);
  });

  test("an answer goes on its tenant's bill when it has ended, for each cap", () => {
    const { rt, spend, repeats, own } = bill(0.05, 0.01);
    spend.delivered(asked({ principal: { project: "web", keyId: "k" } }), answer(1_000_000));
    const cost = spend.expected(asked());
    for (const cap of [repeats, own]) {
      expect(cap?.totals(rt.clock.now(), "web").ordinary).toBe(cost);
      expect(cap?.totals(rt.clock.now(), "local").ordinary).toBe(0);
    }
  });
});

describe("a hedge", () => {
  test("draws on both caps, and on neither when one denies it", () => {
    const { rt, spend, repeats, own } = bill(0.05, 0.01);
    const extra = () => [repeats, own].map((cap) => cap?.totals(rt.clock.now(), "local").extra);
    const cost = spend.expected(asked());
    expect(spend.hedge(asked())).toBe(true);
    expect(extra()).toEqual([cost, cost]);
    expect(spend.hedge(asked())).toBe(false);
    expect(extra()).toEqual([cost, cost]);
    spend.unhedged(asked());
    expect(extra()).toEqual([0, 0]);
    // The cap of all repeats is used up, that of hedges is not.
    expect(spend.repeat(asked())).toBe(true);
    expect(spend.hedge(asked())).toBe(false);
    expect(extra()).toEqual([cost, 0]);
    expect(bill(1).spend.hedge(asked())).toBe(false);
  });

  test("what was spent, what it may be and what was denied is told by tenant, the last first, in dollars", async () => {
    const { rt, spend } = bill(0.25);
    spend.delivered(asked({ principal: { project: "web", keyId: "k" } }), answer(2_000_000));
    expect(spend.repeat(asked())).toBe(true);
    expect(spend.repeat(asked())).toBe(false);
    const price = spend.expected(asked()) / 1e12;
    expect(spend.figures()).toEqual([
      { tenant: "local", ordinary: 0, extra: price, allowed: 0, denied: 1 },
      { tenant: "web", ordinary: 2 * price, extra: 0, allowed: 0.5 * price, denied: 0 },
    ]);
    await rt.clock.advance(700_000);
    expect(spend.figures()[0]).toMatchObject({ extra: 0, denied: 1 });
  });
});

test.each([
  [failed("cut-early"), true],
  [failed("too-slow"), true],
  [failed("overloaded"), true],
  [failed("overloaded", { response: response(529) }), false],
  [failed("timed-out", { response: response(504) }), false],
  [failed("cut-early", { unsent: true }), false],
  [failed("rate-limited"), false],
  [failed("unreachable"), false],
  // It met the close of a kept-alive connection: the budget asks nothing for its repeat either.
  [failed("stale"), false],
] as const)("whether %j may have been billed: %s", (failure, billed) => {
  expect(maybeBilled(failure)).toBe(billed);
});

describe("the retry", () => {
  const a = target("a");
  const b = target("b");

  function scene(script: readonly (Failure | "ok")[], targets: readonly Target[] = [a]) {
    const { rt, spend, repeats } = bill(0.05);
    const values = readOptions("retry", RETRY_OPTIONS, {});
    const circuit = {
      consecutive: 50,
      volume: 5_000,
      share: 0.5,
      baseMs: 1,
      capMs: 1,
      rise: 2,
      probeEvery: 1e6,
      rampMs: 0,
    };
    const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
    const health = new Health(rt, {
      circuit,
      concurrency,
      budgetSize: 1_000,
      budgetRefill: 1,
      parkMs: 0,
      maxCells: 10,
    });
    const router = new Router(rt, () => targets, health, { waitBeforeMoveMs: 3_000, capMs: 8_000 });
    const policy = retry(values, router, health, spend)(rt);
    let calls: string[] = [];
    const run = async (steps = script) => {
      calls = [];
      const outcome = await rt.clock.runUntil(
        policy.handle(asked(), async (x): Promise<Outcome> => {
          const at = x.target ?? a;
          const step = steps[calls.length] ?? "ok";
          calls.push(at.name);
          return step === "ok" ? answer(1_000_000, at) : { ...step, target: at };
        }),
      );
      return { outcome, calls };
    };
    // In attempts: what one is expected to cost is what it costs.
    const extra = () => repeats.totals(rt.clock.now(), "local").extra / spend.expected(asked());
    return { run, extra };
  }

  test("repeats what may have been billed while that is a small share of the bill", async () => {
    const { run, extra } = scene([failed("cut-early")]);
    expect((await run()).calls).toEqual(["a", "a"]);
    expect(extra()).toBe(1);
    const denied = await run();
    expect([denied.calls, denied.outcome.ok]).toEqual([["a"], false]);
    expect(denied.outcome).toMatchObject({ verdict: "cut-early" });
    expect(extra()).toBe(1);
  });

  test("again and again when the bill is large enough", async () => {
    const { run, extra } = scene([failed("cut-early")]);
    for (let i = 0; i < 40; i++) await run(["ok"]);
    // 40 answers allow two repeats; each repeat adds its answer to the bill, and no more.
    expect((await run()).outcome.ok).toBe(true);
    expect((await run()).outcome.ok).toBe(true);
    expect((await run()).outcome.ok).toBe(false);
    expect(extra()).toBe(2);
  });

  test("what was surely not billed is repeated whatever the bill", async () => {
    const { run, extra } = scene([failed("overloaded", { response: response(529) })]);
    for (let i = 0; i < 5; i++) expect((await run()).outcome.ok).toBe(true);
    expect(extra()).toBe(0);
  });

  test("when the cap denies a repeat the request may still move", async () => {
    const { run, extra } = scene([failed("cut-early")], [a, b]);
    expect((await run()).calls).toEqual(["a", "a"]);
    expect((await run()).calls).toEqual(["a", "b"]);
    expect(extra()).toBe(1);
  });

  test("a move is not charged: nothing says that it is paid for twice", async () => {
    const { run, extra } = scene([failed("overloaded")], [a, b]);
    expect((await run()).calls).toEqual(["a", "b"]);
    expect(extra()).toBe(0);
  });

  test("what was booked for a repeat whose caller left before it is given back", async () => {
    const { rt, spend, repeats } = bill(0.05);
    const circuit = {
      consecutive: 50,
      volume: 5_000,
      share: 0.5,
      baseMs: 1,
      capMs: 1,
      rise: 2,
      probeEvery: 1e6,
      rampMs: 0,
    };
    const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
    const health = new Health(rt, { circuit, concurrency, budgetSize: 100, budgetRefill: 0, parkMs: 0, maxCells: 10 });
    const router = new Router(rt, () => [a], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 });
    const policy = retry(readOptions("retry", RETRY_OPTIONS, {}), router, health, spend)(rt);
    const signal = new Signal();
    const late = failed("overloaded", { target: a, retryAfterMs: 2_000 });
    const outcome = policy.handle(asked({ signal }), async () => late);
    await rt.clock.advance(1_000);
    expect(repeats.totals(rt.clock.now(), "local").extra).toBe(spend.expected(asked()));
    signal.abort("gone");
    expect((await outcome).ok).toBe(false);
    expect(repeats.totals(rt.clock.now(), "local").extra).toBe(0);
  });

  test("what the budget denies is not booked", async () => {
    const rt = virtualRuntime(1);
    const cap = new SpendCap(numbers(0.05));
    const spend = new Spend(rt, ESTIMATE, cap);
    const circuit = {
      consecutive: 50,
      volume: 5_000,
      share: 0.5,
      baseMs: 1,
      capMs: 1,
      rise: 2,
      probeEvery: 1e6,
      rampMs: 0,
    };
    const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
    const health = new Health(rt, { circuit, concurrency, budgetSize: 2, budgetRefill: 0, parkMs: 0, maxCells: 10 });
    while (health.draw(a, "claude-haiku-5-5", 1));
    const router = new Router(rt, () => [a], health, { waitBeforeMoveMs: 0, capMs: 0 });
    const policy = retry(readOptions("retry", RETRY_OPTIONS, {}), router, health, spend)(rt);
    const outcome = await rt.clock.runUntil(policy.handle(asked(), async () => failed("cut-early", { target: a })));
    expect(outcome.ok).toBe(false);
    expect(cap.totals(rt.clock.now(), "local").extra).toBe(0);
  });
});
