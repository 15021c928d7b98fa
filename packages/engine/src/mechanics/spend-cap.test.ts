// Tests of the spend cap: the share, the window, the first draw of a quiet tenant, the correction by the bill.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readOptions } from "../options.ts";
import { SPEND_CAP_OPTIONS, SpendCap, type SpendCapNumbers, spendCapNumbers } from "./spend-cap.ts";

const MINUTE = 60_000;
const NUMBERS: SpendCapNumbers = { share: 0.05, windowMs: 10 * MINUTE, floorPicoUsd: 10, maxTenants: 100 };

test("extra spend is at most the share of ordinary spend", () => {
  const cap = new SpendCap(NUMBERS);
  cap.spent(0, "t", 10_000);
  expect(cap.draw(0, "t", 400)).toBe(true);
  expect(cap.draw(0, "t", 101)).toBe(false);
  expect(cap.draw(0, "t", 100)).toBe(true);
  expect(cap.draw(0, "t", 1)).toBe(false);
  expect(cap.totals(0, "t")).toEqual({ ordinary: 10_000, extra: 500 });
});

test("the first draw of a window is allowed whatever it costs, the second is not", () => {
  const cap = new SpendCap(NUMBERS);
  expect(cap.draw(0, "quiet", 1_000_000)).toBe(true);
  expect(cap.draw(0, "quiet", 1)).toBe(false);
  expect(cap.draw(9 * MINUTE, "quiet", 1)).toBe(false);
  expect(cap.draw(10 * MINUTE, "quiet", 1_000_000)).toBe(true);
});

test("the floor is free to all", () => {
  const cap = new SpendCap(NUMBERS);
  for (let i = 0; i < 10; i++) expect(cap.draw(0, "t", 1)).toBe(true);
  expect(cap.draw(0, "t", 1)).toBe(false);
});

test("what costs nothing is always allowed and counts for nothing", () => {
  const cap = new SpendCap(NUMBERS);
  cap.draw(0, "t", 1_000);
  expect(cap.draw(0, "t", 0)).toBe(true);
  expect(cap.draw(0, "t", Number.NaN)).toBe(true);
  cap.spent(0, "t", -5);
  expect(cap.totals(0, "t")).toEqual({ ordinary: 0, extra: 1_000 });
});

test("spend leaves the window after it, in tenths, and not before", () => {
  const cap = new SpendCap(NUMBERS);
  cap.spent(30_000, "t", 2_000);
  cap.spent(5 * MINUTE, "t", 1_000);
  expect(cap.totals(10 * MINUTE - 1, "t").ordinary).toBe(3_000);
  expect(cap.totals(10 * MINUTE, "t").ordinary).toBe(1_000);
  expect(cap.totals(15 * MINUTE - 1, "t").ordinary).toBe(1_000);
  expect(cap.totals(15 * MINUTE, "t").ordinary).toBe(0);
  expect(cap.totals(10_000 * MINUTE, "t")).toEqual({ ordinary: 0, extra: 0 });
});

describe("the bill", () => {
  test("less than booked is given back, more is added", () => {
    const cap = new SpendCap(NUMBERS);
    cap.spent(0, "t", 10_000);
    cap.draw(0, "t", 400);
    cap.settle(MINUTE, "t", 400, 100);
    expect(cap.totals(MINUTE, "t").extra).toBe(100);
    cap.draw(MINUTE, "t", 200);
    cap.settle(MINUTE, "t", 200, 350);
    expect(cap.totals(MINUTE, "t").extra).toBe(450);
  });

  test("a refund never takes off more than is there", () => {
    const cap = new SpendCap(NUMBERS);
    cap.draw(0, "t", 50);
    cap.settle(11 * MINUTE, "t", 50, 0);
    expect(cap.totals(11 * MINUTE, "t").extra).toBe(0);
    cap.draw(11 * MINUTE, "t", 70);
    expect(cap.totals(11 * MINUTE, "t").extra).toBe(70);
  });
});

describe("tenants", () => {
  test("do not pay for one another", () => {
    const cap = new SpendCap(NUMBERS);
    cap.spent(0, "rich", 1_000_000);
    cap.draw(0, "poor", 20);
    expect(cap.draw(0, "poor", 20)).toBe(false);
    expect(cap.draw(0, "rich", 20)).toBe(true);
    expect(cap.draw(0, "rich", 20)).toBe(true);
  });

  test("are told, those that spent last, with what each may spend on repeats", () => {
    const cap = new SpendCap(NUMBERS);
    for (const tenant of ["a", "b", "c"]) cap.spent(0, tenant, 10_000);
    cap.draw(MINUTE, "a", 300);
    cap.draw(MINUTE, "a", 300);
    expect(cap.recent(MINUTE, 2)).toEqual([
      { tenant: "a", ordinary: 10_000, extra: 300, allowed: 500, denied: 1 },
      { tenant: "c", ordinary: 10_000, extra: 0, allowed: 500, denied: 0 },
    ]);
    expect(cap.recent(10 * MINUTE, 1)).toEqual([{ tenant: "a", ordinary: 0, extra: 300, allowed: 10, denied: 1 }]);
  });

  test("are bounded; the one that spent longest ago is forgotten", () => {
    const cap = new SpendCap({ ...NUMBERS, maxTenants: 2 });
    cap.spent(0, "a", 100);
    cap.spent(0, "b", 100);
    cap.spent(1, "a", 100);
    cap.spent(2, "c", 100);
    expect(cap.tenants).toBe(2);
    expect(cap.totals(2, "a").ordinary).toBe(200);
    expect(cap.totals(2, "b").ordinary).toBe(0);
  });
});

test("for every schedule: extra spend of the window is within the share, the floor, or one draw", () => {
  const step = fc.record({
    dt: fc.integer({ min: 0, max: 4 * MINUTE }),
    draw: fc.boolean(),
    amount: fc.integer({ min: 1, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const cap = new SpendCap(NUMBERS);
      let now = 0;
      for (const { dt, draw, amount } of steps) {
        now += dt;
        const before = cap.totals(now, "t");
        if (!draw) {
          cap.spent(now, "t", amount);
          continue;
        }
        const allowed = cap.draw(now, "t", amount);
        const after = cap.totals(now, "t");
        expect(after.extra).toBe(before.extra + (allowed ? amount : 0));
        if (allowed && before.extra > 0) expect(after.extra).toBeLessThanOrEqual(Math.max(10, 0.05 * after.ordinary));
        if (!allowed) expect(before.extra + amount).toBeGreaterThan(Math.max(10, 0.05 * after.ordinary));
      }
    }),
  );
});

test("by its defaults: 5 % of ten minutes' spend, and five cents in any case", () => {
  const cap = new SpendCap(spendCapNumbers(readOptions("retry", SPEND_CAP_OPTIONS, {})));
  const cent = 1e10;
  for (let i = 0; i < 5; i++) expect(cap.draw(0, "t", cent)).toBe(true);
  expect(cap.draw(0, "t", cent)).toBe(false);
  cap.spent(0, "t", 120 * cent);
  expect(cap.draw(0, "t", cent)).toBe(true);
  expect(cap.draw(0, "t", cent)).toBe(false);
  expect(cap.totals(599_999, "t").extra).toBe(6 * cent);
  expect(cap.totals(600_000, "t").extra).toBe(0);
});
