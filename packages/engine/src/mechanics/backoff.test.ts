// Tests of the back-off: bounds of full jitter, and the upstream's word as a floor that is only ever exceeded.

import { seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { afterFloor, fullJitter } from "./backoff.ts";

const lowest = { next: () => 0 };
const highest = { next: () => 1 - Number.EPSILON };

describe("full jitter", () => {
  test("spreads over the whole range from nothing to base times 2^n", () => {
    expect(fullJitter(lowest, 500, 8_000, 0)).toBe(0);
    expect(fullJitter(highest, 500, 8_000, 0)).toBeCloseTo(500, 6);
    expect(fullJitter(highest, 500, 8_000, 1)).toBeCloseTo(1_000, 6);
    expect(fullJitter(highest, 500, 8_000, 2)).toBeCloseTo(2_000, 6);
  });

  test("never passes the cap, however many failures came before", () => {
    for (const n of [4, 10, 60, 2_000]) expect(fullJitter(highest, 500, 8_000, n)).toBeLessThanOrEqual(8_000);
  });

  test("has half of the range as its mean", () => {
    const random = seededRandom("jitter");
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += fullJitter(random, 1_000, 8_000, 0);
    expect(sum / 20_000).toBeGreaterThan(490);
    expect(sum / 20_000).toBeLessThan(510);
  });

  test("is nothing at all for a base of nothing", () => {
    expect(fullJitter(highest, 0, 8_000, 3)).toBe(0);
  });
});

describe("Retry-After as a floor", () => {
  test("waits at least what was asked, at any chance", () => {
    const random = seededRandom("floor");
    for (let i = 0; i < 2_000; i++) {
      const asked = i * 37;
      const wait = afterFloor(random, asked);
      expect(wait).toBeGreaterThanOrEqual(asked);
      expect(wait).toBeLessThanOrEqual(asked + Math.min(2_000, 0.25 * asked + 250));
    }
  });

  test("asks for no more than 2 s on top, even of an hour", () => {
    expect(afterFloor(highest, 3_600_000)).toBeLessThanOrEqual(3_602_000);
    expect(afterFloor(highest, 3_600_000)).toBeGreaterThan(3_601_999);
  });
});
