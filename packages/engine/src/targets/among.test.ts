// Tests of exchanges that may only go to a few targets: the rule of their model does not count, and nothing leads elsewhere.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { CIRCUIT } from "../../testing/bounds.ts";
import { exchange, failed, target } from "../../testing/exchange.ts";
import type { Try } from "../exchange.ts";
import { Health } from "./health.ts";
import { Router } from "./router.ts";
import type { Target } from "./target.ts";

const a = target("a");
const b = target("b");
const c = target("c");
const x = exchange({ among: [b] });

function scene(served: readonly Target[]) {
  const rt = virtualRuntime("among");
  const concurrency = { ceiling: 1_000, slow: 2.2, overload: 0.1 };
  const numbers = { circuit: CIRCUIT, concurrency, budgetSize: 10, budgetRefill: 0.1, parkMs: 600_000, maxCells: 100 };
  const health = new Health(rt, numbers);
  const router = new Router(rt, () => served, health, { waitBeforeMoveMs: 3_000, capMs: 8_000 });
  return { rt, health, router };
}

test("they are chosen though the rule does not name them", () => {
  const { router } = scene([a, c]);
  expect(router.next(x)).toMatchObject({ target: b });
  expect(router.home(x)).toBe(b);
  expect(router.choose(x)).toBe(b);
});

test("nothing leads elsewhere when they have failed or are ill", () => {
  const { rt, health, router } = scene([a, b, c]);
  const tried: Try = { target: b, failure: failed("overloaded", { target: b }), at: rt.clock.now(), tookMs: 1 };
  expect(router.next({ ...x, tried: [tried] })).toMatchObject({ target: b });
  expect(router.elsewhere({ ...x, tried: [tried] })).toBeUndefined();
  for (let i = 0; i < 5; i++) {
    const permits = health.enter(b, "m");
    if (permits !== undefined) health.bad(b, "m", permits, failed("unreachable"), `r${i}`);
  }
  expect(router.next(x)).toMatchObject({ none: "ill" });
  expect(router.next({ ...x, among: [] })).toMatchObject({ none: "no-rule" });
});
