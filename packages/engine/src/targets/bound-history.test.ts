// Tests of router and balancer together: a history that only its account accepts waits or is refused, and never moves.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { CIRCUIT } from "../../testing/bounds.ts";
import { exchange, failed, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import { BALANCE_OPTIONS, Balancer } from "./balancer.ts";
import { Health } from "./health.ts";
import { Router } from "./router.ts";
import type { Target } from "./target.ts";

function scene() {
  const rt = virtualRuntime("bound");
  const [a, b] = ["a", "b"].map((name) => target(name)) as [Target, Target];
  const full = new Set<Target>();
  const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
  const health = new Health(rt, {
    circuit: CIRCUIT,
    concurrency,
    budgetSize: 10,
    budgetRefill: 0.1,
    parkMs: 600_000,
    maxCells: 100,
  });
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const desk = {
    room: (_: Exchange, one: Target) => !full.has(one),
    rank: (x: Exchange, targets: readonly Target[]) =>
      balancer.rank(x, targets, {
        fit: (one) => health.unfit(one, "m") === undefined,
        inFlight: () => 0,
        share: () => 1,
        weight: () => 1,
        headroom: () => 1,
        latency: () => 1,
      }),
    stays: (x: Exchange) => x.tried.length === 0 && balancer.stayOrMove(x, 1_000) === "stay",
    hold: (x: Exchange) => balancer.hold(x),
  };
  const router = new Router(rt, () => [a, b], health, { waitBeforeMoveMs: 3_000, capMs: 8_000 }, desk);
  const break5 = (one: Target) => {
    for (let i = 0; i < 5; i++) {
      const permits = health.enter(one, "m");
      if (permits !== undefined) health.bad(one, "m", permits, failed("unreachable"), `r${i}`);
    }
  };
  const next = (x: Exchange) => {
    const step = router.next(x);
    return "none" in step ? step : step.target.name;
  };
  const first = ask(false);
  desk.rank(first, [a, b]);
  balancer.served(first, a);
  return { a, b, full, break5, next };
}

function ask(thinks: boolean, more: Partial<Exchange> = {}): Exchange {
  const content = thinks ? [{ type: "thinking", thinking: "", signature: "s" }] : "hm";
  const messages = [
    { role: "user", content: "hi" },
    { role: "assistant", content },
    { role: "user", content: "and?" },
  ];
  const headers = ["x-claude-code-session-id", "one"];
  return exchange({ headers, body: Buffer.from(JSON.stringify({ messages })), ...more });
}

test("its place is well but has no room: it waits, where another conversation moves", () => {
  const { a, full, next } = scene();
  expect(next(ask(true))).toBe("a");
  full.add(a);
  expect(next(ask(true))).toMatchObject({ none: "busy" });
  expect(next(ask(false))).toBe("b");
});

test("its place is ill: it is refused with the place and the reason, where another conversation moves", () => {
  const { a, break5, next } = scene();
  break5(a);
  expect(next(ask(true))).toMatchObject({
    none: "ill",
    hold: { target: "a", why: expect.stringContaining("thinking") },
  });
  expect(next(ask(false))).toBe("b");
});

test("its place failed it: it does not go on to another account, where another conversation does", () => {
  const { a, next } = scene();
  const failure = failed("overloaded", { target: a });
  const tried = [{ target: a, failure, at: 0, tookMs: 1 }];
  expect(next(ask(false, { tried }))).toBe("b");
  expect(next(ask(true, { tried }))).toBe("a");
});
