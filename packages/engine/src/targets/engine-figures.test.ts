// Tests of the figures and of the place in the queue: they tell what is so, at the moment somebody asks.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, handFlow, target } from "../../testing/exchange.ts";
import { type Exchange, newTally } from "../exchange.ts";
import { SpendCap, spendCapNumbers } from "../mechanics/spend-cap.ts";
import { readOptions } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { ADMISSION_OPTIONS, healthNumbers } from "../policies/admission-options.ts";
import { admit } from "../policies/admit.ts";
import { BREAKER_OPTIONS, breaker } from "../policies/breaker.ts";
import { CACHE_OPTIONS, Cache } from "../policies/cache.ts";
import { HEDGE_OPTIONS, Hedges } from "../policies/hedge.ts";
import { JOIN_OPTIONS, Joins } from "../policies/join.ts";
import { LIMITS_OPTIONS, Limiter } from "../policies/limits.ts";
import { RETRY_OPTIONS, retry } from "../policies/retry.ts";
import { Spend } from "../policies/spend.ts";
import { Admission } from "./admission.ts";
import { BALANCE_OPTIONS, Balancer } from "./balancer.ts";
import { engineFigures } from "./engine-figures.ts";
import { Health } from "./health.ts";
import { QUOTA_OPTIONS, Quotas } from "./quotas.ts";
import { Router } from "./router.ts";
import type { Target } from "./target.ts";

function scene(options: { concurrency?: number; queue?: number; quota?: object; limits?: object } = {}) {
  const rt = virtualRuntime("figures");
  const { concurrency = 1, queue = 3 } = options;
  const admission = readOptions("admission", ADMISSION_OPTIONS, { concurrency, queue });
  const retrying = readOptions("retry", RETRY_OPTIONS, {});
  const breaking = readOptions("breaker", BREAKER_OPTIONS, {});
  const health = new Health(rt, healthNumbers({ retry: retrying, breaker: breaking, admission }));
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, options.quota ?? {}));
  const gate = new Admission(rt, health, quotas, balancer, { queue: admission.queue, waitMs: admission.wait });
  const at = target("a", { platform: "east side", account: "team" });
  const router = new Router(rt, () => [at], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, gate);
  const spend = new Spend(rt, gate, new SpendCap(spendCapNumbers(retrying)));
  const parts = {
    ...{ health, admission: gate, spend },
    joins: new Joins(rt, readOptions("join", JOIN_OPTIONS, {})),
    cache: new Cache(rt, readOptions("cache", CACHE_OPTIONS, {})),
    hedges: new Hedges(rt, readOptions("hedge", HEDGE_OPTIONS, {}), gate, health, spend),
    limiter: new Limiter(rt, readOptions("limits", LIMITS_OPTIONS, options.limits ?? {})),
  };
  const policies = [retry(retrying, router, health), admit(gate, router, health), breaker(breaking, health)];
  const [outer, middle, inner] = policies.map((layer) => layer(rt));
  const failing = { now: false };
  const run = (x: Exchange, ms: number) => {
    const wire = async (out: Exchange): Promise<Outcome> => {
      if (failing.now) return failed("upstream-fault", { target: out.target });
      const { flow, source } = handFlow();
      flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
      source.push("start\ntext a\n");
      rt.clock.timer(ms, () => {
        source.push("stop\n");
        source.end();
      });
      return { ok: true, status: 200, headers: [], flow, target: out.target as Target, rewritten: false };
    };
    const chain = (y: Exchange) =>
      middle?.handle(y, (z) => inner?.handle(z, wire) ?? Promise.reject()) ?? Promise.reject();
    return outer?.handle(x, chain);
  };
  return { rt, run, failing, figures: () => engineFigures(parts, rt.clock.now()) };
}

function ask(id: string, more: Partial<Exchange> = {}): Exchange {
  return exchange({ id, tally: newTally(), ...more });
}

describe("engineFigures", () => {
  test("tell what is under way and who waits, by class", async () => {
    const { rt, run, figures } = scene();
    expect(figures()).toMatchObject({ loads: [], upstreams: [], queue: { waiting: 0, oldestMs: 0 }, budgets: [] });
    void run(ask("r0"), 10_000);
    void run(ask("r1"), 100);
    await rt.clock.advance(300);
    void run(ask("r2", { priority: "batch" }), 100);
    await rt.clock.advance(200);
    const { loads, upstreams, queue } = figures();
    expect(loads).toEqual([{ platform: "east side", model: "m", inFlight: 1, limit: null, why: "" }]);
    expect(upstreams).toEqual([{ upstream: "a", inFlight: 1 }]);
    expect(queue).toMatchObject({ waiting: 2, oldestMs: 500 });
    expect(queue.classes).toEqual([
      { priority: "interactive", waiting: 1, oldestMs: 500 },
      { priority: "agent", waiting: 0, oldestMs: 0 },
      { priority: "background", waiting: 0, oldestMs: 0 },
      { priority: "batch", waiting: 1, oldestMs: 200 },
    ]);
  });

  test("count what the queue refused, by reason", async () => {
    const { rt, run, figures } = scene({ queue: 1 });
    void run(ask("r0"), 60_000);
    void run(ask("late", { deadline: 0 }), 10);
    expect(figures().queue.refused).toEqual({ full: 0, deadline: 1, max_wait: 0, overload: 0 });
    void run(ask("b1", { priority: "batch" }), 10);
    void run(ask("b2", { priority: "batch" }), 10);
    expect(figures().queue.refused).toEqual({ full: 1, deadline: 1, max_wait: 0, overload: 0 });
    void run(ask("i1"), 10);
    expect(figures().queue.refused).toEqual({ full: 2, deadline: 1, max_wait: 0, overload: 0 });
    await rt.clock.advance(10_000);
    expect(figures().queue).toMatchObject({ waiting: 0, refused: { full: 2, deadline: 1, max_wait: 1, overload: 0 } });
  });

  test("tell the limits that an account has, and what is left of them", async () => {
    const { rt, run, figures } = scene({ concurrency: 10, quota: { rpm: 600 } });
    expect(figures().quotas).toEqual([]);
    void run(ask("r0"), 10);
    await rt.clock.advance(0);
    const [quota, ...more] = figures().quotas;
    expect(more).toEqual([]);
    expect(quota).toMatchObject({ account: "team", modelClass: "m", dimension: "requests", limit: 600 });
    expect(quota?.room).toBeGreaterThan(0);
    const before = quota?.room ?? 0;
    for (let i = 1; i < 5; i++) void run(ask(`r${i}`), 10);
    await rt.clock.advance(0);
    expect(figures().quotas[0]?.room).toBeCloseTo(before - 4, 5);
    expect(figures().quotas[0]?.headroom).toBeLessThan(1);
  });

  test("tell what was joined, kept, hedged and limited, and nothing of limits that nobody set", () => {
    const { figures } = scene();
    expect(figures()).toMatchObject({
      spend: [],
      joins: { led: 0, joined: 0, alone: 0, entries: 0, bytes: 0 },
      cache: { hits: 0, misses: 0, entries: 0, bytes: 0 },
      hedges: { sent: 0, won: 0, denied: 0 },
      limits: null,
    });
    expect(scene({ limits: { requests_per_minute: 60 } }).figures().limits).toEqual({
      ...{ waiting: 0, waited: 0, refused: 0 },
      rest: [{ dimension: "requests", limit: 60, left: 10 }],
    });
  });

  test("tell what is left of a retry budget", async () => {
    const { rt, run, figures, failing } = scene({ concurrency: 10 });
    failing.now = true;
    void run(ask("r0"), 10);
    await rt.clock.advance(30_000);
    const [budget] = figures().budgets;
    expect(budget).toMatchObject({ platform: "east side", model: "m" });
    expect(budget?.tokens).toBeLessThan(10);
    expect(budget?.denied).toBe(0);
    expect(JSON.parse(JSON.stringify(figures()))).toEqual(figures());
  });
});

describe("the place in the queue", () => {
  test("counts down as others go, tells the wait by the measured rate, and is gone at the turn", async () => {
    const { rt, run } = scene({ queue: 10 });
    void run(ask("r0"), 400);
    const waiting = Array.from({ length: 4 }, (_, i) => ask(`w${i}`));
    for (const x of waiting) void run(x, 400);
    await rt.clock.advance(1);
    expect(waiting.map((x) => x.tally.queued?.place)).toEqual([0, 1, 2, 3]);
    expect(waiting[0]?.tally.queued?.waitMs).toBeUndefined();
    await rt.clock.advance(900);
    expect(waiting.map((x) => x.tally.queued?.place)).toEqual([undefined, undefined, 0, 1]);
    const [first, second] = waiting.slice(2).map((x) => x.tally.queued?.waitMs ?? 0);
    expect(first).toBeGreaterThan(100);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(second).toBeLessThan(5_000);
  });

  test("is gone when the wait was in vain", async () => {
    const { rt, run } = scene();
    void run(ask("r0"), 60_000);
    const x = ask("r1");
    void run(x, 10);
    await rt.clock.advance(1);
    expect(x.tally.queued?.place).toBe(0);
    await rt.clock.advance(10_000);
    expect(x.tally.queued).toBeUndefined();
  });
});
