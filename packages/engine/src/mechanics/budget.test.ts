// Tests of the retry budget: exactly five free repeats, then none until successes pay for more; never below nothing.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Budget } from "./budget.ts";

test("an outage gets exactly five repeats of cost 1 out of ten tokens", () => {
  const budget = new Budget(10, 0.1);
  const allowed = Array.from({ length: 12 }, () => budget.draw(1));
  expect(allowed.filter(Boolean).length).toBe(5);
  expect(allowed.slice(0, 5).every(Boolean)).toBe(true);
  expect(budget.tokens).toBe(5);
  expect(budget.denied).toBe(7);
});

test("half of the bucket is not enough: more than half must be left", () => {
  const budget = new Budget(2, 0.5);
  expect(budget.draw(1)).toBe(true);
  expect(budget.tokens).toBe(1);
  expect(budget.draw(1)).toBe(false);
  budget.succeeded();
  expect(budget.draw(1)).toBe(true);
});

test("a repeat that may be billed twice costs three: two of them and no more", () => {
  const budget = new Budget(10, 0.1);
  expect([budget.draw(3), budget.draw(3), budget.draw(3)]).toEqual([true, true, false]);
  expect(budget.tokens).toBe(4);
});

test("ten successes pay for one repeat", () => {
  const budget = new Budget(10, 0.1);
  while (budget.draw(1));
  for (let i = 0; i < 10; i++) budget.succeeded();
  expect(budget.tokens).toBeCloseTo(6, 9);
  expect(budget.draw(1)).toBe(true);
  expect(budget.draw(1)).toBe(false);
});

test("what costs nothing is always allowed and draws nothing", () => {
  const budget = new Budget(10, 0.1);
  while (budget.draw(1));
  const left = budget.tokens;
  expect(budget.draw(0)).toBe(true);
  expect(budget.tokens).toBe(left);
});

test("stays between nothing and full, and a refused draw changes nothing", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 50, noNaN: true }),
      fc.double({ min: 0.001, max: 10, noNaN: true }),
      fc.array(fc.constantFrom(-1, 0, 1, 3), { maxLength: 200 }),
      (size, refill, steps) => {
        const budget = new Budget(size, refill);
        for (const step of steps) {
          const before = budget.tokens;
          if (step < 0) budget.succeeded();
          else if (!budget.draw(step)) expect(budget.tokens).toBe(before);
          expect(budget.tokens).toBeGreaterThanOrEqual(0);
          expect(budget.tokens).toBeLessThanOrEqual(size);
        }
      },
    ),
  );
});

test("who can wait better leaves more to the others", () => {
  const budget = new Budget(10, 0.1);
  while (budget.draw(1, 0.85));
  expect(budget.tokens).toBe(8);
  expect(budget.draw(1, 0.75)).toBe(true);
  expect(budget.draw(1, 0.75)).toBe(false);
  expect(budget.draw(1)).toBe(true);
});
