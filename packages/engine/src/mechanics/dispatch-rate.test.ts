// Tests of the rate at which a queue gives out what waits: of busy time only, and of the newest most.

import { expect, test } from "vitest";
import { DispatchRate } from "./dispatch-rate.ts";

test("what went long ago counts for little", () => {
  const rate = new DispatchRate();
  rate.filled(0);
  for (let now = 1_000; now <= 100_000; now += 1_000) rate.dispatched(now);
  expect(rate.at(100_000)).toBeCloseTo(0.001, 4);
  for (let now = 100_100; now <= 150_000; now += 100) rate.dispatched(now);
  expect(rate.at(150_000)).toBeGreaterThan(0.0095);
});

test("time in which nobody waited says nothing, silence while somebody waits does", () => {
  const rate = new DispatchRate();
  expect(rate.at(0)).toBeUndefined();
  rate.filled(0);
  for (let now = 100; now <= 1_000; now += 100) rate.dispatched(now);
  rate.emptied(1_000);
  const busy = rate.at(1_000);
  expect(busy).toBeCloseTo(0.01, 3);
  expect(rate.at(500_000)).toBe(busy);
  rate.filled(500_000);
  expect(rate.at(501_000)).toBeCloseTo((busy as number) / 2, 3);
});
