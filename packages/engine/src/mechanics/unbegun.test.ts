// Tests of attempts without content: their median age, and the wait that their number and the pace amount to.

import { expect, test } from "vitest";
import { Unbegun } from "./unbegun.ts";

test("tells the median age to the step, of those since a time only", () => {
  const all = new Unbegun();
  for (let i = 0; i < 10; i++) all.add(i * 1_000);
  expect(all.ageMs(10_000, 0, 1)).toBe(6_000);
  expect(all.ageMs(10_000, 6_000, 1)).toBe(3_000);
  expect(all.ageMs(10_000, 0, 11)).toBe(0);
  for (let i = 0; i < 8; i++) all.gone(i * 1_000);
  expect(all.ageMs(10_000, 0, 1)).toBe(2_000);
});

test("a few that take very long do not make the wait long, a pace that sinks does", () => {
  const all = new Unbegun();
  for (let i = 0; i < 20; i++) all.add(i);
  for (let now = 100; now < 20_000; now += 10) {
    all.add(now);
    all.begun(now + 1, now);
  }
  expect(all.waitMs(20_000)).toBeLessThan(250);
  for (let now = 20_000; now < 24_000; now += 10) {
    all.add(now);
    if (now % 100 === 0) all.begun(now, now);
  }
  expect(all.waitMs(24_000)).toBeGreaterThan(5_000);
});
