// Tests of the peak-sensitive latency, the cost of one more, and the better of two.

import { type Random, seededRandom } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { betterOfTwo, loadCost, PeakEwma } from "./peak-ewma.ts";

describe("the latency", () => {
  test("is the cold one until the first sample, then that sample", () => {
    const one = new PeakEwma();
    expect(one.value(0)).toBe(1);
    one.sample(0.4, 0);
    expect(one.value(0)).toBe(0.4);
    const slow = new PeakEwma(2);
    expect(slow.value(5_000)).toBe(2);
    slow.sample(3, 5_000);
    expect(slow.value(5_000)).toBe(3);
  });

  test("jumps to a worse sample at once and comes down by the decay", () => {
    const one = new PeakEwma();
    one.sample(0.5, 0);
    one.sample(8, 100);
    expect(one.value(100)).toBe(8);
    one.sample(0.5, 10_100);
    expect(one.value(10_100)).toBeCloseTo(8 * Math.exp(-1) + 0.5 * (1 - Math.exp(-1)), 9);
    one.sample(0.5, 10_100);
    expect(one.value(10_100)).toBeCloseTo(8 * Math.exp(-1) + 0.5 * (1 - Math.exp(-1)), 9);
  });

  test("in silence a bad one sinks to the cold one in time, a good one stays", () => {
    const bad = new PeakEwma();
    bad.sample(9, 0);
    expect(bad.value(10_000)).toBeCloseTo(1 + 8 * Math.exp(-1), 9);
    expect(bad.value(200_000)).toBeCloseTo(1, 6);
    expect(bad.value(0)).toBe(9);
    const good = new PeakEwma();
    good.sample(0.2, 0);
    expect(good.value(1e9)).toBe(0.2);
  });

  test("stays between the extremes of what it heard, for all samples", () => {
    const samples = fc.array(fc.record({ value: fc.double({ min: 0, max: 1e4, noNaN: true }), gap: fc.nat(60_000) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(samples, (list) => {
        const one = new PeakEwma();
        let now = 0;
        let low = 1;
        let high = 1;
        for (const { value, gap } of list) {
          now += gap;
          const before = one.value(now);
          one.sample(value, now);
          low = Math.min(low, value);
          high = Math.max(high, value);
          expect(one.value(now)).toBeGreaterThanOrEqual(low - 1e-9);
          expect(one.value(now)).toBeLessThanOrEqual(high + 1e-9);
          if (value > before && now > gap) expect(one.value(now)).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });

  test("ignores what is no latency and a clock that steps back", () => {
    const one = new PeakEwma();
    one.sample(2, 10_000);
    for (const junk of [Number.NaN, -1, Number.POSITIVE_INFINITY]) one.sample(junk, 20_000);
    expect(one.value(10_000)).toBe(2);
    one.sample(1, 5_000);
    expect(one.value(10_000)).toBe(2);
  });
});

test("the cost grows with latency and load, falls with weight and headroom, and is never without bound", () => {
  expect(loadCost(2, 0, 1, 1)).toBe(2);
  expect(loadCost(2, 3, 1, 1)).toBe(8);
  expect(loadCost(2, 3, 4, 1)).toBe(2);
  expect(loadCost(2, 3, 1, 0.5)).toBe(16);
  expect(loadCost(2, 0, 1, 0)).toBe(200);
});

describe("the better of two", () => {
  const scripted = (...values: number[]): Random => ({ next: () => values.shift() ?? 0 });

  test("compares two different ones and takes the cheaper", () => {
    const cost = (one: string) => ({ a: 3, b: 2, c: 1 })[one] ?? 9;
    expect(betterOfTwo(["a", "b", "c"], cost, scripted(0, 0))).toBe("b");
    expect(betterOfTwo(["a", "b", "c"], cost, scripted(0, 0.5))).toBe("c");
    expect(betterOfTwo(["a", "b", "c"], cost, scripted(0.99, 0.99))).toBe("c");
    expect(betterOfTwo(["a", "b", "c"], cost, scripted(0.5, 0))).toBe("b");
    expect(betterOfTwo(["a"], cost, scripted())).toBe("a");
    expect(betterOfTwo([], cost, scripted())).toBeUndefined();
  });

  test("never takes the worst, and each of the others as often as chance says", () => {
    const random = seededRandom("two");
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const one = betterOfTwo([0, 1, 2, 3], (x) => x, random) ?? 9;
      counts[one] = (counts[one] ?? 0) + 1;
    }
    // Of six pairs three hold the best, two the second without it, one the third without both.
    expect(counts[3]).toBe(0);
    for (const [i, share] of [3 / 6, 2 / 6, 1 / 6].entries()) {
      expect(Math.abs((counts[i] as number) - 30_000 * share)).toBeLessThan(
        4 * Math.sqrt(30_000 * share * (1 - share)),
      );
    }
  });

  test("balances unequal servers: the slow one gets less, nobody is run over", () => {
    const random = seededRandom("farm");
    const speeds = [1, 1, 1, 4];
    const ends: number[][] = speeds.map(() => []);
    const served = speeds.map(() => 0);
    let most = 0;
    for (let now = 0; now < 20_000; now++) {
      for (const [i, list] of ends.entries()) ends[i] = list.filter((end) => end > now);
      const index =
        betterOfTwo([0, 1, 2, 3], (i) => loadCost(speeds[i] as number, (ends[i] as number[]).length, 1, 1), random) ??
        0;
      (ends[index] as number[]).push(now + (speeds[index] as number) * 20);
      served[index] = (served[index] as number) + 1;
      most = Math.max(most, (ends[index] as number[]).length);
    }
    expect((served[3] as number) / 20_000).toBeLessThan(0.15);
    expect((served[3] as number) / 20_000).toBeGreaterThan(0.02);
    expect(most).toBeLessThan(20);
  });
});
