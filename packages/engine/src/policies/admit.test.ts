// Tests of admission as a policy: the target at the moment the attempt goes, waits that respect what became known, refusals.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test, vi } from "vitest";
import { CIRCUIT, CONCURRENCY } from "../../testing/bounds.ts";
import { exchange, failed, handFlow, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import type { Failure, Outcome } from "../outcome.ts";
import { Admission } from "../targets/admission.ts";
import { BALANCE_OPTIONS, Balancer } from "../targets/balancer.ts";
import { Health } from "../targets/health.ts";
import { QUOTA_OPTIONS, Quotas } from "../targets/quotas.ts";
import { Router } from "../targets/router.ts";
import type { Target } from "../targets/target.ts";
import { admit } from "./admit.ts";

const a = target("a");
const b = target("b");

function scene(targets: readonly Target[]) {
  const rt = virtualRuntime("route");
  const health = new Health(rt, {
    circuit: CIRCUIT,
    concurrency: CONCURRENCY,
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 60_000,
    maxCells: 10,
  });
  const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, {}));
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const admission = new Admission(rt, health, quotas, balancer, { queue: 100, waitMs: 2_000 });
  const numbers = { waitBeforeMoveMs: 3_000, capMs: 8_000 };
  const router = new Router(rt, () => targets, health, numbers, admission);
  const policy = admit(admission, router, health)(rt);
  const sent: { target: string | undefined; at: number }[] = [];
  /** Copies that went beside a request, and whether their breaker was asked. */
  const copies: [string | undefined, boolean][] = [];
  const run = (x: Exchange = exchange()) =>
    rt.clock.runUntil(
      policy.handle(x, async (out) => {
        sent.push({ target: out.target?.name, at: rt.clock.now() });
        if (out.probe === true) copies.push([out.target?.name, out.tally !== x.tally]);
        return failed("overloaded");
      }),
    );
  const bad = (at: Target, failure: Failure, times = 1) => {
    for (let i = 0; i < times; i++) {
      const permits = health.enter(at, "m");
      if (permits !== undefined) health.bad(at, "m", permits, failure, `r${i}`);
    }
  };
  const inFlight = () => health.loads().reduce((sum, one) => sum + one.inFlight, 0);
  return { rt, run, sent, copies, bad, policy, health, admission, inFlight };
}

test("sends to the first fit target, or to the one that the retry chose", async () => {
  const { run, sent } = scene([a, b]);
  await run();
  await run(exchange({ target: b }));
  expect(sent.map((one) => one.target)).toEqual(["a", "b"]);
});

test("a chosen target that opened meanwhile is left for another", async () => {
  const { run, sent, bad } = scene([a, b]);
  bad(b, failed("unreachable"), 5);
  await run(exchange({ target: b }));
  expect(sent.map((one) => one.target)).toEqual(["a"]);
});

test("a chosen target that was rate limited meanwhile is not asked before its time", async () => {
  const { run, sent, bad } = scene([a]);
  bad(a, failed("rate-limited", { retryAfterMs: 2_000 }));
  const tried = [{ target: a, failure: failed("overloaded", { target: a }), at: 0, tookMs: 1 }];
  await run(exchange({ target: a, tried }));
  expect(sent[0]?.at).toBeGreaterThanOrEqual(2_000);
});

describe("refuses without sending", () => {
  test.each([
    ["no rule", [], undefined, "no_upstream"],
    ["all open", [a], failed("unreachable"), "upstream_open"],
    ["all limited for long", [a], failed("rate-limited", { retryAfterMs: 30_000 }), "upstream_limited"],
  ] as const)("%s", async (_, targets, failure, code) => {
    const { run, sent, bad } = scene(targets);
    if (failure !== undefined) bad(a, failure, failure.verdict === "unreachable" ? 5 : 1);
    const outcome = await run();
    expect(outcome).toMatchObject({ ok: false, code, local: true });
    expect(sent).toEqual([]);
    if (!outcome.ok && code === "upstream_limited") expect(outcome.retryAfterMs).toBe(30_000);
  });
});

test("with every target parked the first is asked all the same; with one only ill, none is", async () => {
  const parked = scene([a, b]);
  parked.bad(a, failed("unauthorized"));
  parked.bad(b, failed("unauthorized"));
  await parked.run();
  expect(parked.sent.map((one) => one.target)).toEqual(["a"]);

  const mixed = scene([a, b]);
  mixed.bad(a, failed("unreachable"), 5);
  mixed.bad(b, failed("unauthorized"));
  expect(await mixed.run()).toMatchObject({ code: "upstream_open" });
  expect(mixed.sent).toEqual([]);

  const cooling = scene([a, b]);
  cooling.bad(a, failed("rate-limited", { retryAfterMs: 1_000 }));
  cooling.bad(b, failed("unauthorized"));
  await cooling.run();
  expect(cooling.sent.map((one) => one.target)).toEqual(["a"]);
});

test("a wait past the deadline is refused at once, a cancelled one ends at once", async () => {
  const late = scene([a]);
  late.bad(a, failed("rate-limited", { retryAfterMs: 2_000 }));
  await late.run(exchange({ deadline: 1_500 }));
  expect([late.sent.length, late.rt.clock.now()]).toEqual([0, 0]);

  const left = scene([a]);
  left.bad(a, failed("rate-limited", { retryAfterMs: 2_000 }));
  const signal = new Signal();
  left.rt.clock.timer(700, () => signal.abort("gone"));
  expect(await left.run(exchange({ signal }))).toMatchObject({ verdict: "cancelled" });
  expect([left.sent.length, left.rt.clock.now()]).toEqual([0, 700]);
});

test("a defect of a layer inside takes no place along", async () => {
  const { policy, inFlight } = scene([a]);
  await expect(policy.handle(exchange(), () => Promise.reject(new Error("a defect")))).rejects.toThrow("a defect");
  expect(inFlight()).toBe(0);
});

test("a repeat that goes elsewhere than the retry chose draws on that platform's budget", async () => {
  const tried = [a, b].map((one) => ({
    target: one,
    failure: failed("upstream-fault", { target: one }),
    at: 0,
    tookMs: 1,
  }));
  for (const budget of [true, false]) {
    const { run, sent, bad, health } = scene([a, b]);
    bad(a, failed("unreachable"), 5);
    while (!budget && health.draw(b, "m", 1));
    const outcome = await run(exchange({ target: a, tried }));
    expect(sent.map((one) => one.target)).toEqual(budget ? ["b"] : []);
    if (!budget) expect(outcome).toMatchObject({ code: "upstream_open", local: true });
    expect(health.loads().find((one) => one.platform === "b")?.tokens).toBe(budget ? 9 : 5);
  }
});

test("content, and every end, may be room for those who wait", async () => {
  const { run, admission } = scene([a]);
  const stirred = vi.spyOn(admission, "stirred");
  await run();
  expect(stirred.mock.calls.length).toBe(1);
});

describe("an ill upstream beside one that is well", () => {
  /** `a` has opened and is due for a probe; `b` is well. */
  async function due() {
    const all = scene([a, b]);
    all.bad(a, failed("upstream-fault"), 5);
    await all.rt.clock.advance(20_000);
    return all;
  }

  test("is tried with a copy, and the request goes to the one that is well", async () => {
    const { run, sent, copies } = await due();
    await run(exchange({ body: Buffer.alloc(100) }));
    expect(sent.map((one) => one.target).sort()).toEqual(["a", "b"]);
    expect(copies).toEqual([["a", true]]);
  });

  /** The copy's outcome is the test's; the request itself is answered at once. */
  async function copied(copy: (x: Exchange) => Promise<Outcome>) {
    const all = await due();
    const answered = handFlow();
    const outcome = await all.policy.handle(exchange({ body: Buffer.alloc(100) }), async (out) => {
      if (out.probe === true) return copy(out);
      return { ok: true, status: 200, headers: [], flow: answered.flow, target: b, rewritten: false };
    });
    expect(outcome).toMatchObject({ ok: true, target: b });
    answered.flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
    answered.source.push("text\nstop\n");
    answered.source.end();
    return all;
  }

  test("the copy's answer is thrown away at its first content, and its place is free", async () => {
    const { flow, source } = handFlow();
    const { rt, inFlight } = await copied(async () => {
      void flow.hold("content", 1_000);
      source.push("text\n");
      return { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
    });
    await rt.clock.advance(0);
    expect([flow.ending?.verdict, source.cancelled, inFlight()]).toEqual(["cancelled", true, 0]);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("a copy that fails, or meets a defect, gives its place back", async () => {
    for (const defect of [false, true]) {
      const { rt, inFlight } = await copied(async () => {
        if (defect) throw new Error("a defect");
        return failed("upstream-fault", { target: a });
      });
      await rt.clock.advance(0);
      expect(inFlight()).toBe(0);
      expect(rt.clock.next()).toBeUndefined();
    }
  });

  test("a copy that nobody answers is called off after a minute", async () => {
    let called: Signal | undefined;
    const { rt, inFlight } = await copied((out) => {
      called = out.signal;
      return new Promise((resolve) => out.signal.onAbort(() => resolve(failed("cancelled"))));
    });
    await rt.clock.advance(59_999);
    expect([called?.aborted, inFlight()]).toEqual([false, 1]);
    await rt.clock.advance(1);
    expect([called?.aborted, inFlight()]).toEqual([true, 0]);
  });

  test.each<[string, Partial<Exchange>]>([
    ["a request that creates something", { once: true }],
    ["a large request", { body: Buffer.alloc(65_537) }],
  ])("%s is not copied", async (_, more) => {
    const { run, sent } = await due();
    await run(exchange(more));
    expect(sent.map((one) => one.target)).toEqual(["b"]);
  });

  test("without another one the request itself is the probe", async () => {
    const all = scene([a]);
    all.bad(a, failed("upstream-fault"), 5);
    await all.rt.clock.advance(20_000);
    await all.run();
    expect(all.sent.map((one) => one.target)).toEqual(["a"]);
    expect(all.copies).toEqual([]);
  });
});
