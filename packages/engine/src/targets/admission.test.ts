// Tests of admission: who goes at once, who waits, who is told what, and that nothing is ever left taken.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { exchange, failed, handFlow, target } from "../../testing/exchange.ts";
import { type Exchange, newTally } from "../exchange.ts";
import { readOptions } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { ADMISSION_OPTIONS, healthNumbers } from "../policies/admission-options.ts";
import { admit } from "../policies/admit.ts";
import { BREAKER_OPTIONS } from "../policies/breaker.ts";
import { RETRY_OPTIONS } from "../policies/retry.ts";
import { Admission } from "./admission.ts";
import { BALANCE_OPTIONS, Balancer } from "./balancer.ts";
import { Health } from "./health.ts";
import { QUOTA_OPTIONS, Quotas } from "./quotas.ts";
import { Router } from "./router.ts";
import type { Target } from "./target.ts";

const a = target("a");
const b = target("b");

function scene(
  targets: readonly Target[],
  options: { concurrency?: number; queue?: number; quota?: object; seed?: string } = {},
) {
  const rt = virtualRuntime(options.seed ?? "admission");
  const { concurrency = 100_000, queue = 1_000 } = options;
  const admission = readOptions("admission", ADMISSION_OPTIONS, { concurrency, queue });
  const retry = readOptions("retry", RETRY_OPTIONS, {});
  const health = new Health(
    rt,
    healthNumbers({ retry, breaker: readOptions("breaker", BREAKER_OPTIONS, {}), admission }),
  );
  const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, options.quota ?? {}));
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const gate = new Admission(rt, health, quotas, balancer, { queue: admission.queue, waitMs: admission.wait });
  const numbers = { waitBeforeMoveMs: 3_000, capMs: 8_000 };
  const router = new Router(rt, () => targets, health, numbers, gate);
  const policy = admit(gate, router, health)(rt);
  const sent: { id: string; target: string | undefined; at: number }[] = [];
  const told = new Map<string, string>();
  /** Runs a request whose attempt takes `ms` and ends as `how` says. */
  const run = (x: Exchange, ms: number, how: "good" | "overloaded" | "fault" = "good") => {
    const done = policy.handle(x, async (out): Promise<Outcome> => {
      sent.push({ id: x.id, target: out.target?.name, at: rt.clock.now() });
      if (how !== "good") {
        await new Promise<void>((resolve) => rt.clock.timer(ms, resolve));
        return failed(how === "overloaded" ? "overloaded" : "upstream-fault", { target: out.target });
      }
      const { flow, source } = handFlow();
      flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
      source.push("start\ntext a\n");
      rt.clock.timer(ms, () => {
        source.push("stop\n");
        source.end();
      });
      return { ok: true, status: 200, headers: [], flow, target: out.target as Target, rewritten: false };
    });
    void done.then((outcome) => told.set(x.id, outcome.ok ? "ok" : (outcome.code ?? outcome.verdict)));
    return done;
  };
  const load = () => health.loads()[0];
  return { rt, gate, run, sent, told, load, health, policy };
}

function ask(id: string, more: Partial<Exchange> = {}): Exchange {
  return exchange({ id, tally: newTally(), ...more });
}

describe("room", () => {
  test("without a limit everybody goes at once, and the slots are free again at the last byte", async () => {
    const { rt, run, sent, load } = scene([a]);
    for (let i = 0; i < 50; i++) void run(ask(`r${i}`), 1_000);
    await rt.clock.advance(0);
    expect(sent.map((one) => one.at)).toEqual(new Array(50).fill(0));
    expect(load()?.inFlight).toBe(50);
    await rt.clock.advance(1_000);
    expect(load()?.inFlight).toBe(0);
  });

  test("beyond the limit they wait in order, for the end of a stream and not for its beginning", async () => {
    const { rt, run, sent } = scene([a], { concurrency: 2 });
    for (let i = 0; i < 4; i++) void run(ask(`r${i}`), 700);
    await rt.clock.advance(5_000);
    expect(sent.map((one) => [one.id, one.at])).toEqual([
      ["r0", 0],
      ["r1", 0],
      ["r2", 700],
      ["r3", 700],
    ]);
  });

  test("whoever is next goes in the moment in which an attempt ends", async () => {
    const { rt, run, sent, gate } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 730);
    void run(ask("r1"), 1_170, "fault");
    void run(ask("r2"), 10);
    await rt.clock.advance(5_000);
    expect(sent.map((one) => [one.id, one.at])).toEqual([
      ["r0", 0],
      ["r1", 730],
      ["r2", 1_900],
    ]);
    expect(gate.carried()).toEqual([{ upstream: "a", inFlight: 0 }]);
  });

  test("another upstream with room is taken before anybody waits", async () => {
    const { rt, run, sent } = scene([a, b], { concurrency: 1 });
    for (let i = 0; i < 3; i++) void run(ask(`r${i}`), 500);
    await rt.clock.advance(5_000);
    expect(sent.map((one) => [one.target, one.at])).toEqual([
      ["a", 0],
      ["b", 0],
      ["a", 500],
    ]);
  });

  test("a slot of a failed attempt is free at once", async () => {
    const { rt, run, load, told } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 100, "fault");
    void run(ask("r1"), 100);
    await rt.clock.advance(200);
    expect(told.get("r1")).toBe("ok");
    expect(load()?.inFlight).toBe(0);
  });
});

describe("waiting", () => {
  test("ends after the longest wait with an honest answer, and is written down", async () => {
    const { rt, run, told, gate } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 60_000);
    const x = ask("r1");
    const done = run(x, 10);
    await rt.clock.advance(2_100);
    const outcome = await done;
    expect(outcome).toMatchObject({ ok: false, code: "queue_wait", local: true, type: "overloaded_error" });
    if (!outcome.ok) expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(told.get("r1")).toBe("queue_wait");
    expect(x.tally.queuedMs).toBeGreaterThanOrEqual(2_000);
    expect(x.tally.steps.map(({ what, why }) => [what, why])).toEqual([["refused", "queue_wait"]]);
    expect(gate.queue.size).toBe(0);
  });

  test("a full queue refuses the last, and a more urgent one displaces a less urgent one", async () => {
    const { rt, run, told } = scene([a], { concurrency: 1, queue: 2 });
    void run(ask("r0"), 60_000);
    await rt.clock.advance(0);
    for (const id of ["b1", "b2"]) void run(ask(id, { priority: "batch" }), 10);
    await rt.clock.advance(0);
    void run(ask("b3", { priority: "batch" }), 10);
    await rt.clock.advance(0);
    expect(told.get("b3")).toBe("queue_full");
    void run(ask("i1"), 10);
    await rt.clock.advance(0);
    expect([...told].slice(-2)).toEqual([
      ["b3", "queue_full"],
      ["b2", "queue_full"],
    ]);
  });

  test("whoever leaves gives the place up", async () => {
    const { rt, run, told, gate } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 1_000);
    const signal = new Signal();
    void run(ask("r1", { signal }), 10);
    await rt.clock.advance(10);
    expect(gate.queue.size).toBe(1);
    signal.abort("gone");
    await rt.clock.advance(0);
    expect(told.get("r1")).toBe("client_gone");
    expect(gate.queue.size).toBe(0);
    await rt.clock.advance(60_000);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("whoever is called off at the deadline is counted and told as such, whichever timer was first", async () => {
    const { rt, run, told, gate } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 60_000);
    const signal = new Signal();
    const x = ask("r1", { signal, deadline: 500 });
    rt.clock.timer(499.5, () => signal.abort("deadline"));
    void run(x, 10);
    await rt.clock.advance(60_000);
    expect(told.get("r1")).toBe("deadline");
    expect(gate.refused.deadline).toBe(1);
    expect(x.tally.steps).toMatchObject([{ what: "refused", why: "deadline" }]);
  });

  test("nobody waits past the deadline", async () => {
    const { rt, run, told } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 60_000);
    void run(ask("r1", { deadline: 500 }), 10);
    await rt.clock.advance(600);
    expect(told.get("r1")).toBe("deadline");
  });

  test("ends at once when what is waited for will not come", async () => {
    const { rt, run, told, health } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 500);
    void run(ask("r1"), 10);
    await rt.clock.advance(250);
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 30_000 }), "r");
    await rt.clock.advance(100);
    expect(told.get("r1")).toBe("upstream_limited");
  });

  test("a turn where a request was tried before, and not chosen by the retry, is a repeat that must be paid for", async () => {
    const tried = [a, b].map((one) => ({ target: one, failure: failed("upstream-fault"), at: 0, tookMs: 1 }));
    for (const paid of [true, false]) {
      for (const ill of [true, false]) {
        const { rt, run, sent, told, health } = scene([a, b], { concurrency: 1 });
        void run(ask("r0"), 60_000);
        void run(ask("r1"), 500);
        await rt.clock.advance(0);
        while (!paid && health.draw(b, "m", 1));
        void run(ask("again", { tried, attempt: 2, target: a }), 10);
        await rt.clock.advance(100);
        const permits = health.enter(a, "m");
        if (permits === undefined) throw new Error("shut");
        if (ill) health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 30_000 }), "r");
        await rt.clock.advance(900);
        // Unpaid it goes on waiting for the place that the retry chose, and is told when that will not come.
        expect(told.get("again")).toBe(paid ? "ok" : ill ? "upstream_open" : undefined);
        expect(sent.length).toBe(paid ? 3 : 2);
      }
    }
  });

  test("a retry goes before those who come for the first time", async () => {
    const { rt, run, sent } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 100);
    void run(ask("first"), 100);
    const before = { target: a, failure: failed("upstream-fault"), at: 0, tookMs: 1 };
    void run(ask("again", { tried: [before], attempt: 1, target: a }), 100);
    await rt.clock.advance(1_000);
    expect(sent.map((one) => one.id)).toEqual(["r0", "again", "first"]);
  });

  test("tenants go in turn, however many one of them sends", async () => {
    const { rt, run, sent } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 100);
    for (let i = 0; i < 10; i++) void run(ask(`loud${i}`, { principal: { project: "loud", keyId: "k" } }), 100);
    void run(ask("quiet", { principal: { project: "quiet", keyId: "k" } }), 100);
    await rt.clock.advance(2_000);
    expect(sent.findIndex((one) => one.id === "quiet")).toBeLessThanOrEqual(2);
  });
});

describe("the upstream's quota", () => {
  test("requests beyond the limit wait for it, and are not sent into a refusal", async () => {
    const { rt, run, sent } = scene([a], { quota: { rpm: 120, request_burst: "1s", ramp_start: 1 } });
    for (let i = 0; i < 4; i++) void run(ask(`r${i}`), 10);
    await rt.clock.advance(5_000);
    expect(sent.map((one) => Math.floor(one.at / 250) * 250)).toEqual([0, 0, 500, 1_000]);
  });
});

describe("the books", () => {
  test("room that comes by itself is for those who wait, not for who comes at that moment", async () => {
    const { rt, run, sent } = scene([a], { quota: { rpm: 120, request_burst: "1s", ramp_start: 1 } });
    for (let i = 0; i < 2; i++) void run(ask(`r${i}`), 10);
    await rt.clock.advance(30);
    void run(ask("waits"), 10);
    // There is room from 500 ms on, and the queue is looked at 30 ms later.
    await rt.clock.advance(480);
    void run(ask("comes"), 10);
    await rt.clock.advance(1_000);
    expect(sent.map((one) => one.id)).toEqual(["r0", "r1", "waits", "comes"]);
  });

  test("what a running stream has written draws on the quota before it ends", async () => {
    const { rt, gate, policy } = scene([a], { quota: { otpm: 60_000, ramp_start: 1 } });
    const { flow, source } = handFlow();
    await policy.handle(ask("r0"), async () => {
      flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
      return { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
    });
    const headroom = () => gate.quotas.of(a, "m").headroom(rt.clock.now());
    await rt.clock.advance(500);
    const before = headroom();
    source.push(`text ${"x".repeat(800_000)}\n`);
    await rt.clock.advance(1_000);
    expect(headroom()).toBeLessThan(before - 0.2);
  });

  test("a repeat that its retry sends to a target waits for the quota there like anybody", async () => {
    const { rt, run, sent } = scene([a], { quota: { rpm: 120, request_burst: "1s", ramp_start: 1 } });
    for (let i = 0; i < 2; i++) void run(ask(`r${i}`), 10);
    const before = { target: a, failure: failed("upstream-fault"), at: 0, tookMs: 1 };
    void run(ask("again", { tried: [before], attempt: 1, target: a }), 10);
    await rt.clock.advance(2_000);
    expect(sent[2]?.at).toBeGreaterThanOrEqual(500);
  });

  test("what went without waiting was a turn as well, and counts when others wait", async () => {
    const { rt, run, gate } = scene([a], { concurrency: 2 });
    const of = (project: string) => ({ principal: { project, keyId: "k" } });
    for (let i = 0; i < 2; i++) void run(ask(`p${i}`, of("p")), 60_000);
    for (const project of ["q", "p"]) void run(ask(project, of(project)), 10);
    await rt.clock.advance(0);
    const [first, second] = gate.queue.snapshot(rt.clock.now())[0]?.tenants ?? [];
    expect([first?.tenant, second?.tenant]).toEqual(["q", "p"]);
    expect(second?.ahead).toBeGreaterThan(1_000);
  });

  test("an output token is charged to its tenant at its price", async () => {
    const { rt, run, gate } = scene([a], { concurrency: 1 });
    void run(ask("r0"), 60_000);
    const of = (project: string) => ({ principal: { project, keyId: "k" } });
    for (const project of ["p", "q"]) void run(ask(project, of(project)), 10);
    await rt.clock.advance(0);
    gate.charge(ask("x", of("p")), 10, 100, rt.clock.now());
    const tenants = gate.queue.snapshot(rt.clock.now())[0]?.tenants ?? [];
    expect(tenants.map(({ tenant, ahead }) => [tenant, ahead])).toEqual([
      ["q", 0],
      ["p", 510],
    ]);
  });

  test("what is seen at a limited upstream teaches nothing of a healthy one", async () => {
    for (const limited of [false, true]) {
      const { rt, run, gate, health } = scene([a]);
      const learned = vi.spyOn(gate.predictor, "sawFirstToken");
      vi.spyOn(health, "limited").mockReturnValue(limited);
      void run(ask("r0"), 10);
      await rt.clock.advance(100);
      expect(learned.mock.calls.length).toBe(limited ? 0 : 1);
    }
  });

  test("a copy that finds out whether an upstream is back does not move its conversation there", () => {
    const { gate } = scene([a, b]);
    const served = vi.spyOn(gate.balancer, "served");
    const cached = vi.spyOn(gate.balancer, "cached");
    const probe = ask("x", { probe: true });
    gate.begun(probe, a, 1, 300, 0);
    gate.cached(probe, a, 5_000);
    expect([served.mock.calls.length, cached.mock.calls.length]).toEqual([0, 0]);
    gate.begun(ask("x"), a, 1, 300, 0);
    expect(served.mock.calls.length).toBe(1);
  });
});

test("whatever happens, every request ends once, no slot stays taken and no timer is left", async () => {
  const step = fc.record({
    gap: fc.integer({ min: 0, max: 400 }),
    ms: fc.integer({ min: 0, max: 3_000 }),
    how: fc.constantFrom("good", "overloaded", "fault"),
    priority: fc.constantFrom("interactive", "agent", "background", "batch"),
    project: fc.constantFrom("p", "q", "r"),
    leaves: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
    deadline: fc.option(fc.integer({ min: 100, max: 5_000 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 6 }),
      fc.string(),
      async (steps, concurrency, queue, seed) => {
        const { rt, run, told, gate, load } = scene([a, b], { concurrency, queue, seed });
        for (const [i, one] of steps.entries()) {
          await rt.clock.advance(one.gap);
          const signal = new Signal();
          const deadline = one.deadline === undefined ? Number.POSITIVE_INFINITY : rt.clock.now() + one.deadline;
          const principal = { project: one.project, keyId: "k" };
          void run(ask(`r${i}`, { signal, deadline, principal, priority: one.priority }), one.ms, one.how);
          if (one.leaves !== undefined) rt.clock.timer(one.leaves, () => signal.abort("gone"));
        }
        await rt.clock.advance(3_600_000);
        expect(told.size).toBe(steps.length);
        expect(gate.queue.size).toBe(0);
        expect(load()?.inFlight ?? 0).toBe(0);
        expect(rt.clock.next()).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});
