// Tests of the sliding window and of Wilson's lower bound.

import { expect, test } from "vitest";
import { Window, wilsonLower } from "./window.ts";

test("counts successes as one and failures by their weight", () => {
  const window = new Window(20);
  window.add(0, 0);
  window.add(500, 1);
  window.add(900, 0.5);
  expect(window.totals(900)).toEqual({ good: 1, bad: 1.5 });
});

test("forgets a second exactly when it is as old as the window is long", () => {
  const window = new Window(20);
  window.add(5_500, 1);
  expect(window.totals(24_999).bad).toBe(1);
  expect(window.totals(25_000).bad).toBe(0);
});

test("a slot that is used again holds only its new second", () => {
  const window = new Window(20);
  window.add(3_000, 1);
  window.add(23_000, 0);
  expect(window.totals(23_000)).toEqual({ good: 1, bad: 0 });
});

test("clear forgets all", () => {
  const window = new Window(5);
  for (let i = 0; i < 10; i++) window.add(i * 400, 1);
  window.clear();
  expect(window.totals(4_000)).toEqual({ good: 0, bad: 0 });
});

test("Wilson's bound: known values, nothing without samples, never above the share", () => {
  expect(wilsonLower(0, 0)).toBe(0);
  // 10 of 20: 0.2993 (Newcombe 1998, method 3)
  expect(wilsonLower(10, 20)).toBeCloseTo(0.2993, 3);
  expect(wilsonLower(20, 20)).toBeCloseTo(0.8389, 3);
  expect(wilsonLower(0, 20)).toBeCloseTo(0, 9);
  for (let bad = 0; bad <= 50; bad++) expect(wilsonLower(bad, 50)).toBeLessThanOrEqual(bad / 50);
});

test("fifteen failures in twenty prove more than half, fourteen do not", () => {
  expect(wilsonLower(15, 20)).toBeGreaterThan(0.5);
  expect(wilsonLower(14, 20)).toBeLessThan(0.5);
});
