// Tests of the router: which target comes next after each kind of failure, and after what wait.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test, vi } from "vitest";
import { CIRCUIT, CONCURRENCY } from "../../testing/bounds.ts";
import { exchange, failed, response, target } from "../../testing/exchange.ts";
import type { Exchange, Try } from "../exchange.ts";
import type { Failure } from "../outcome.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { Health } from "./health.ts";
import { Router, type Step } from "./router.ts";
import type { Target } from "./target.ts";

function scene(targets: readonly Target[]) {
  const rt = virtualRuntime("router");
  const health = new Health(rt, {
    circuit: CIRCUIT,
    concurrency: CONCURRENCY,
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 600_000,
    maxCells: 100,
  });
  const router = new Router(rt, () => targets, health, { waitBeforeMoveMs: 3_000, capMs: 8_000 });
  const tried = (at: Target, verdict: Verdict, more: Partial<Failure> = {}): Try => ({
    target: at,
    failure: failed(verdict, { target: at, ...more }),
    at: rt.clock.now(),
    tookMs: 1,
  });
  const break5 = (at: Target) => {
    for (let i = 0; i < 5; i++) {
      const permits = health.enter(at, "m");
      if (permits !== undefined) health.bad(at, "m", permits, failed("unreachable"), `r${i}`);
    }
  };
  const fail = (at: Target, times: number) => {
    for (let i = 0; i < times; i++) {
      const permits = health.enter(at, "m");
      if (permits !== undefined) health.bad(at, "m", permits, failed("upstream-fault"), `r${i}`);
    }
  };
  const next = (x: Exchange): Step | string => {
    const step = router.next(x);
    return "none" in step ? step.none : step;
  };
  return { rt, health, router, tried, next, break5, fail };
}

function step(of: Step | string): Step {
  if (typeof of === "string") throw new Error(`no step: ${of}`);
  return of;
}

const a = target("a");
const b = target("b");
const c = target("c", { platform: "a" });

describe("the first attempt", () => {
  test("goes to the first fit target, at once", () => {
    const { next, break5 } = scene([a, b]);
    expect(next(exchange())).toEqual({ target: a, waitMs: 0, repeat: false });
    break5(a);
    expect(step(next(exchange())).target).toBe(b);
  });

  test("without a rule, or with nobody fit, is refused with the soonest time", () => {
    expect(scene([]).next(exchange())).toBe("no-rule");
    const { router, break5, rt } = scene([a, b]);
    break5(a);
    break5(b);
    const none = router.next(exchange());
    expect(none).toMatchObject({ none: "ill", unfit: { kind: "open" } });
    if (!("none" in none)) throw new Error("a step");
    expect(none.unfit?.waitMs).toBeLessThanOrEqual(3_000);
    expect(rt.clock.now()).toBe(0);
  });

  test("goes elsewhere while the first target is in doubt, with a copy for it when one is due; alone it is used", () => {
    const { health, next, fail } = scene([a, b]);
    fail(a, 3);
    expect(next(exchange())).toEqual({ target: b, waitMs: 0, repeat: false, probe: a });
    health.enter(a, "m", true);
    expect(next(exchange())).toEqual({ target: b, waitMs: 0, repeat: false });
    fail(b, 3);
    expect(step(next(exchange())).target).toBe(a);
    const alone = scene([a]);
    alone.fail(a, 4);
    expect(next(exchange())).toMatchObject({ target: a, waitMs: 0 });
  });

  test("a conversation that stays at its place goes there in spite of doubt", () => {
    const { rt, health, fail } = scene([a, b]);
    fail(a, 3);
    const desk = { room: () => true, rank: () => [a, b], stays: () => true, hold: () => undefined };
    const router = new Router(rt, () => [a, b], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, desk);
    expect(router.next(exchange())).toMatchObject({ target: a });
  });

  test("waits out a short rate limit when nothing else is fit, never less than asked", () => {
    const { health, next } = scene([a]);
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 2_500 }), "r");
    const one = step(next(exchange()));
    expect(one.waitMs).toBeGreaterThanOrEqual(2_500);
    expect(one.waitMs).toBeLessThanOrEqual(2_500 + 875);
  });

  test("does not wait for a long rate limit", () => {
    const { health, next } = scene([a]);
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 3_001 }), "r");
    expect(next(exchange())).toBe("ill");
  });
  test("one that waits for a probe is tried beside the request, which goes to another", async () => {
    const { next, break5, rt, health } = scene([a, b]);
    break5(a);
    await rt.clock.advance(3_000);
    expect(health.probing(a, "m")).toBe(true);
    expect(next(exchange())).toEqual({ target: b, waitMs: 0, repeat: false, probe: a });
    const alone = scene([a]);
    alone.break5(a);
    await alone.rt.clock.advance(3_000);
    expect(alone.next(exchange())).toEqual({ target: a, waitMs: 0, repeat: false });
  });

  test("waits for a place without room where its conversation is, and goes elsewhere where it is not", () => {
    const { health, rt } = scene([a, b]);
    const at = (stays: boolean) => {
      const desk = {
        room: (_: Exchange, one: Target) => one !== a,
        rank: (_: Exchange, all: readonly Target[]) => all,
        stays: () => stays,
        hold: () => undefined,
      };
      return new Router(rt, () => [a, b], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, desk).next(exchange());
    };
    expect(at(true)).toEqual({ none: "busy", unfit: undefined });
    expect(at(false)).toMatchObject({ target: b, waitMs: 0 });
  });

  test("those who find nobody count as turned away", () => {
    const { next, break5, health } = scene([a, b]);
    break5(a);
    break5(b);
    const turned = vi.spyOn(health, "turnedAway");
    expect(next(exchange())).toBe("ill");
    expect(turned.mock.calls).toEqual([
      [a, "m"],
      [b, "m"],
    ]);
  });

  test("with every account parked the first is asked all the same, with one only ill nobody is", () => {
    const { next, break5, health } = scene([a, b]);
    const park = (one: Target) => {
      const permits = health.enter(one, "m");
      if (permits !== undefined) health.bad(one, "m", permits, failed("unauthorized"), "r");
    };
    park(a);
    expect(next(exchange())).toMatchObject({ target: b });
    break5(b);
    expect(next(exchange())).toBe("ill");
    park(b);
    const both = scene([a, b]);
    for (const one of [a, b]) {
      const permits = both.health.enter(one, "m");
      if (permits !== undefined) both.health.bad(one, "m", permits, failed("unauthorized"), "r");
    }
    expect(both.next(exchange())).toMatchObject({ target: a, waitMs: 0 });
  });
});

test("with one parked and another only ill the refusal is not final, however soon the parked one is tried", async () => {
  const { router, break5, health, rt } = scene([a, b]);
  const permits = health.enter(a, "m");
  if (permits !== undefined) health.bad(a, "m", permits, failed("unauthorized"), "r");
  await rt.clock.advance(599_900);
  break5(b);
  const none = router.next(exchange());
  expect(none).toMatchObject({ none: "ill", unfit: { kind: "open" } });
});

describe("after a failure", () => {
  test.each(Object.entries(VERDICTS).filter(([v]) => v !== "ok") as [Verdict, (typeof VERDICTS)[Verdict]][])(
    "%s: repeats and moves as its row says",
    (verdict, row) => {
      const alone = scene([a]);
      let tried: Try[] = [];
      let repeats = 0;
      for (;;) {
        tried = [...tried, alone.tried(a, verdict)];
        if (typeof alone.next(exchange({ tried })) === "string") break;
        repeats += 1;
        if (repeats > 20) throw new Error("it never ends");
      }
      expect(repeats).toBe(row.same);

      const two = scene([a, b]);
      const one = two.next(exchange({ tried: [two.tried(a, verdict)] }));
      if (row.move === "yes") {
        if (row.first === "move") expect(step(one).target).toBe(b);
        else expect(step(one).target).toBe(a);
      } else if (row.same > 0) expect(step(one).target).toBe(a);
      else expect(one).toBe("final");
    },
  );

  test("a Retry-After is a floor for the same target, also above the cap of our own back-off", () => {
    for (const asked of [0, 400, 3_000, 45_000]) {
      const { tried, next } = scene([a]);
      for (const verdict of ["rate-limited", "overloaded", "upstream-fault"] as const) {
        const one = step(next(exchange({ tried: [tried(a, verdict, { retryAfterMs: asked })] })));
        expect(one.waitMs).toBeGreaterThanOrEqual(asked);
      }
    }
  });

  test("a short Retry-After is waited out where the cache is warm, a longer one moves", () => {
    const { tried, next } = scene([a, b]);
    const short = step(next(exchange({ tried: [tried(a, "rate-limited", { retryAfterMs: 3_000 })] })));
    expect([short.target, short.repeat]).toEqual([a, true]);
    const long = step(next(exchange({ tried: [tried(a, "rate-limited", { retryAfterMs: 3_001 })] })));
    expect([long.target, long.waitMs, long.repeat]).toEqual([b, 0, false]);
  });

  test("who fails twice is left for whoever was not asked yet, and comes back when nobody is left", () => {
    for (const [verdict, more] of [
      ["upstream-fault", {}],
      ["rate-limited", { retryAfterMs: 1_000 }],
      ["overloaded", { retryAfterMs: 0 }],
    ] as const) {
      const { tried, next } = scene([a, b]);
      const twice = [tried(a, verdict, more), tried(a, verdict, more)];
      expect(step(next(exchange({ tried: twice.slice(0, 1) }))).target).toBe(a);
      expect(next(exchange({ tried: twice }))).toEqual({ target: b, waitMs: 0, repeat: false });
      const alone = scene([a]);
      expect(step(alone.next(exchange({ tried: twice }))).target).toBe(a);
    }
  });

  test("when the budget is scarce a fault moves at once, and of two repeats the fuller budget pays", () => {
    const { health, tried, next } = scene([a, b]);
    const once = [tried(a, "upstream-fault")];
    expect(step(next(exchange({ tried: once }))).target).toBe(a);
    for (let i = 0; i < 2; i++) health.draw(a, "m", 1);
    expect(next(exchange({ tried: once }))).toEqual({ target: b, waitMs: 0, repeat: false });
    const both = [...once, tried(b, "upstream-fault")];
    expect(step(next(exchange({ tried: both }))).target).toBe(b);
    for (let i = 0; i < 3; i++) health.draw(b, "m", 1);
    expect(step(next(exchange({ tried: both }))).target).toBe(a);
  });

  test("a repeat whose target has no room goes to one that was never tried, or to one whose budget pays, or waits", () => {
    const { rt, health, tried } = scene([a, b]);
    const full = new Set<Target>([a]);
    const desk = {
      room: (_: Exchange, one: Target) => !full.has(one),
      rank: () => [a, b],
      stays: () => false,
      hold: () => undefined,
    };
    const router = new Router(rt, () => [a, b], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, desk);
    const once = exchange({ target: a, tried: [tried(a, "upstream-fault")] });
    expect(router.choose(once)).toBe(b);
    const both = exchange({ target: a, tried: [tried(b, "upstream-fault"), tried(a, "upstream-fault")] });
    expect(router.choose(both)).toBe(b);
    for (let i = 0; i < 5; i++) health.draw(b, "m", 1);
    expect(router.choose(both)).toMatchObject({ none: "busy" });
    full.clear();
    expect(router.choose(both)).toBe(a);
    full.add(a);
    const held = exchange({ target: a, tried: [tried(a, "conflict")] });
    expect(router.choose(held)).toMatchObject({ none: "busy" });
  });

  test("a Retry-After still holds when the request comes back after a try elsewhere", () => {
    const { tried, next } = scene([a, b]);
    const history = [tried(a, "overloaded", { retryAfterMs: 20_000 }), tried(b, "unreachable", { unsent: true })];
    const one = next(exchange({ tried: history }));
    if (typeof one === "string" || one.target !== a) return;
    expect(one.waitMs).toBeGreaterThanOrEqual(20_000);
  });

  test("a Retry-After that another request was told in between is waited out too", () => {
    const { tried, next, health } = scene([a]);
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 9_000 }), "someone else");
    const one = step(next(exchange({ tried: [tried(a, "upstream-fault")] })));
    expect(one.waitMs).toBeGreaterThanOrEqual(9_000);
  });

  test("an upstream's own word on whether to ask it again goes before the row", () => {
    const { tried, next } = scene([a]);
    expect(next(exchange({ tried: [tried(a, "overloaded", { again: false })] }))).toBe("final");
    expect(next(exchange({ tried: [tried(a, "caller-fault")] }))).toBe("final");
    expect(step(next(exchange({ tried: [tried(a, "caller-fault", { again: true })] }))).target).toBe(a);
  });

  test("of a Retry-After that was told a while ago the rest is waited for", async () => {
    const { rt, tried, next } = scene([a]);
    const history = [tried(a, "overloaded", { retryAfterMs: 9_000 })];
    await rt.clock.advance(6_000);
    const one = step(next(exchange({ tried: history })));
    expect(one.waitMs).toBeGreaterThanOrEqual(3_000);
    expect(one.waitMs).toBeLessThanOrEqual(3_000 + 1_000);
  });

  test("overload looks for another platform first, another address of the same one only then", () => {
    const { tried, next } = scene([a, c, b]);
    expect(step(next(exchange({ tried: [tried(a, "overloaded")] }))).target).toBe(b);
    expect(step(next(exchange({ tried: [tried(a, "unreachable")] }))).target).toBe(c);
    const without = scene([a, c]);
    expect(step(without.next(exchange({ tried: [without.tried(a, "overloaded")] }))).target).toBe(c);
  });

  test("too long a prompt moves only to a larger window", () => {
    const small = target("small", { contextWindow: () => 200_000 });
    const same = target("same", { contextWindow: () => 200_000 });
    const large = target("large", { contextWindow: () => 1_000_000 });
    const one = scene([small, same, large]);
    expect(step(one.next(exchange({ tried: [one.tried(small, "too-long")] }))).target).toBe(large);
    const two = scene([small, same]);
    expect(two.next(exchange({ tried: [two.tried(small, "too-long")] }))).toBe("final");
  });

  test("what creates something is sent again only when it never left", () => {
    const { tried, next } = scene([a, b]);
    expect(next(exchange({ once: true, tried: [tried(a, "cut-early")] }))).toBe("final");
    expect(next(exchange({ once: true, tried: [tried(a, "overloaded", { response: response(529) })] }))).toBe("final");
    expect(step(next(exchange({ once: true, tried: [tried(a, "unreachable", { unsent: true })] }))).target).toBe(b);
  });

  test("a caller that retries by itself gets no repeats of ours, but moves", () => {
    const { tried, next } = scene([a]);
    expect(next(exchange({ callerRetries: 1, tried: [tried(a, "overloaded")] }))).toBe("final");
    expect(step(next(exchange({ callerRetries: 1, tried: [tried(a, "unreachable", { unsent: true })] }))).target).toBe(
      a,
    );
    const two = scene([a, b]);
    expect(step(two.next(exchange({ callerRetries: 1, tried: [two.tried(a, "overloaded")] }))).target).toBe(b);
  });

  test("an ill target is neither repeated nor moved to", () => {
    const { tried, next, break5 } = scene([a, b]);
    break5(a);
    expect(step(next(exchange({ tried: [tried(a, "upstream-fault")] }))).target).toBe(b);
    break5(b);
    expect(next(exchange({ tried: [tried(a, "upstream-fault")] }))).toBe("final");
  });

  test("each target's own repeats are counted, over all moves", () => {
    const { tried, next } = scene([a, b]);
    let history: Try[] = [];
    const order: string[] = [];
    for (;;) {
      const one = next(exchange({ tried: history, signal: new Signal() }));
      if (typeof one === "string") break;
      order.push(one.target.name);
      history = [...history, tried(one.target, "unreachable")];
      if (order.length > 20) throw new Error("it never ends");
    }
    expect(order.filter((name) => name === "a").length).toBe(2);
    expect(order.filter((name) => name === "b").length).toBe(2);
  });
});
