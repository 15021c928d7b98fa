// Tests of attempts without content: their median age, and the wait that their number and the pace amount to.

import { normal, seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
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

describe("silence", () => {
  function warm(): Unbegun {
    const unbegun = new Unbegun();
    for (let i = 0; i < 60; i++) {
      unbegun.add(i * 100);
      unbegun.begun(i * 100 + 200, i * 100);
    }
    return unbegun;
  }

  test("is how many wait too long and started after all whose content began", () => {
    const unbegun = warm();
    for (const at of [6_300, 6_600, 7_000]) unbegun.add(at);
    expect(unbegun.silent(7_000, 1_000)).toBe(0);
    expect(unbegun.silent(7_600, 1_000)).toBe(1);
    expect(unbegun.silent(9_000, 1_000)).toBe(3);
    // A newer one begins: those are slow for reasons of their own.
    unbegun.add(8_000);
    unbegun.begun(9_000, 8_000);
    expect(unbegun.silent(20_000, 1_000)).toBe(0);
  });

  test("those that are over wait no more", () => {
    const unbegun = warm();
    for (const at of [6_300, 6_600, 7_000]) unbegun.add(at);
    unbegun.gone(6_600);
    expect(unbegun.silent(9_000, 1_000)).toBe(2);
  });

  test("the tail is near the 95th percentile, whatever the times, and not known from a few", () => {
    const random = seededRandom("tail");
    const unbegun = new Unbegun();
    let now = 0;
    for (let i = 0; i < 3_000; i++) {
      if (i === 49) expect(unbegun.tailMs).toBe(0);
      unbegun.begun(now + 250 * Math.exp(0.4 * normal(random)), now);
      now += 1_000;
    }
    // exp(0.4 x 1.645) = 1.93 times the median.
    expect(unbegun.tailMs / 250).toBeGreaterThan(1.93 * 0.7);
    expect(unbegun.tailMs / 250).toBeLessThan(1.93 * 1.5);
  });
});

test("what is not due yet is not old and waits for nothing; later its age counts from when it was due", () => {
  const all = new Unbegun();
  for (let now = 0; now < 10_000; now += 100) {
    all.add(now);
    all.begun(now, now);
  }
  for (let i = 0; i < 10; i++) all.add(10_000 + 2_000);
  expect(all.waitMs(10_000)).toBe(0);
  expect(all.ageMs(10_000, 0, 1)).toBe(0);
  expect(all.ageMs(15_000, 0, 1)).toBe(3_000);
  all.add(15_000);
  all.begun(15_000, 15_000);
  expect(all.waitMs(15_000)).toBeGreaterThan(1_000);
});
