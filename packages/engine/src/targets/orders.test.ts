// Orders: what somebody took out is not used, what somebody forced in is, and nothing of it stays when it is taken back.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { CIRCUIT } from "../../testing/bounds.ts";
import { exchange, failed, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { Health } from "./health.ts";
import { type Order, Orders } from "./orders.ts";
import { refusal } from "./refusal.ts";
import { type Desk, Router, type Step } from "./router.ts";
import type { Target } from "./target.ts";

const RAMPED = { ...CIRCUIT, rampMs: 30_000 };

const a = target("a");
const b = target("b");

function scene(targets: readonly Target[] = [a, b], hold?: { target: string; why: string }) {
  const rt = virtualRuntime("orders");
  const orders = new Orders();
  const numbers = {
    circuit: RAMPED,
    concurrency: { ceiling: 1_000, slow: 2.2, overload: 0.1 },
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 600_000,
    maxCells: 100,
  };
  const health = new Health(rt, numbers, orders);
  const desk: Desk = { room: () => true, rank: (_, all) => all, stays: () => false, hold: () => hold };
  const router = new Router(rt, () => targets, health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, desk);
  const order = (more: { readonly [name: string]: Partial<Order> }) =>
    orders.replace(
      new Map(Object.entries(more).map(([name, one]) => [name, { mode: "normal", why: "by hand", ...one }])),
    );
  const break5 = (at: Target) => {
    for (let i = 0; i < 5; i++) {
      const permits = health.enter(at, "m");
      if (permits !== undefined) health.bad(at, "m", permits, failed("unreachable"), `r${i}`);
    }
  };
  const next = (x: Exchange = exchange()) => router.next(x);
  const goes = (x?: Exchange) => {
    const step: Step | { none: string } = next(x);
    return "none" in step ? step.none : step.target.name;
  };
  return { rt, orders, health, router, order, break5, next, goes };
}

describe.each(["drain", "open"] as const)("%s", (mode) => {
  test("the others take what comes, and all goes on when it is taken back", () => {
    const { goes, order } = scene();
    expect(goes()).toBe("a");
    order({ a: { mode } });
    expect(goes()).toBe("b");
    order({});
    expect(goes()).toBe("a");
  });

  test("with all taken out the caller is told so, by whom and why, and to ask again", () => {
    const { next, order } = scene();
    order({ a: { mode, why: "key:ak_1: moved house" }, b: { mode } });
    const x = exchange();
    const step = next(x);
    if (!("none" in step)) throw new Error("it went");
    const told = refusal(x, step);
    expect(told).toMatchObject({ code: "upstream_out", local: true });
    expect(told.message).toContain("moved house");
    expect(told.retryAfterMs).toBeGreaterThan(0);
  });

  test("what is ill is told as ill where the other was taken out", () => {
    const { next, order, break5 } = scene();
    order({ a: { mode } });
    break5(b);
    expect(next()).toMatchObject({ none: "ill", unfit: { kind: "open" } });
  });

  test("a parked one is asked when the other was taken out, and never the one that was", () => {
    const { goes, order, health } = scene();
    const permits = health.enter(b, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(b, "m", permits, failed("unauthorized"), "r1");
    order({ a: { mode } });
    expect(goes()).toBe("b");
  });
});

describe("what can go nowhere else", () => {
  test("finishes its work at a drained target, and not at an open one", () => {
    const { goes, order } = scene([a], { target: "a", why: "its files are there" });
    order({ a: { mode: "drain" } });
    expect(goes()).toBe("a");
    order({ a: { mode: "open" } });
    expect(goes()).toBe("ill");
  });

  test("so does what has no model: files and batches live at one target", () => {
    const { goes, order } = scene([a]);
    order({ a: { mode: "drain" } });
    expect(goes(exchange({ look: { ...exchange().look, model: undefined } }))).toBe("a");
    expect(goes(exchange())).toBe("ill");
  });
});

describe("open", () => {
  test("lets nothing pass, not even what waits for room there", () => {
    const { health, order } = scene();
    order({ a: { mode: "open" } });
    expect(health.enter(a, "m")).toBeUndefined();
    order({ a: { mode: "drain" } });
    expect(health.enter(a, "m")).toBeDefined();
  });
});

describe("closed", () => {
  test("is used though its circuit is open, with its whole share, and what happens there does not count", async () => {
    const { rt, goes, order, break5, health } = scene([a]);
    break5(a);
    expect(goes()).toBe("ill");
    order({ a: { mode: "closed" } });
    expect(goes()).toBe("a");
    expect(health.share(a, "m")).toBe(1);
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.good(a, "m", permits);
    health.bad(a, "m", permits, failed("unreachable"), "r9");
    order({});
    expect(goes()).toBe("ill");
    await rt.clock.advance(25_000);
    expect(goes()).toBe("a");
  });

  test("is used first though it is doubted or half-open", async () => {
    const { rt, goes, order, break5 } = scene();
    break5(a);
    await rt.clock.advance(20_000);
    expect(goes()).toBe("b");
    order({ a: { mode: "closed" } });
    expect(goes()).toBe("a");
  });

  test("keeps a rate limit that the upstream told", () => {
    const { goes, order, health } = scene();
    order({ a: { mode: "closed" } });
    const permits = health.enter(a, "m");
    if (permits === undefined) throw new Error("shut");
    health.bad(a, "m", permits, failed("rate-limited", { retryAfterMs: 60_000 }), "r1");
    expect(goes()).toBe("b");
  });
});

test("a weight goes in the place of the configured one", () => {
  const { orders, order } = scene();
  const heavy = target("a", { weight: 3 });
  expect(orders.weight(heavy)).toBe(3);
  order({ a: { weight: 0.5 } });
  expect(orders.weight(heavy)).toBe(0.5);
  expect(orders.weight(b)).toBe(1);
});
