// Percentiles within their known error, and bars that hold every time once.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

const times = fc.array(fc.double({ min: 0, max: 2e6, noNaN: true }), { minLength: 1, maxLength: 300 });

function filled(all: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const one of all) histogram.add(one);
  return histogram;
}

describe("Histogram", () => {
  it("is never below the exact percentile and at most 1.6 % (or 1 µs) above", () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0.001, max: 1, noNaN: true }), (all, share) => {
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * all.length) - 1] as number;
        const found = filled(all).at(share);
        expect(found).toBeGreaterThanOrEqual(exact - 1e-9);
        expect(found).toBeLessThanOrEqual(Math.max(exact * (1 + 1 / 64), exact + 0.001) + 1e-9);
      }),
    );
  });

  it("knows mean, count and max exactly", () => {
    fc.assert(
      fc.property(times, (all) => {
        const { mean, count, max } = filled(all).times();
        expect(count).toBe(all.length);
        expect(max).toBe(Math.max(...all));
        expect(mean).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length, 3);
      }),
    );
  });

  it("draws all times into few bars without a gap or an overlap", () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 4, max: 40 }), (all, most) => {
        const bars = filled(all).bars(most);
        expect(bars.length).toBeLessThanOrEqual(Math.max(most, 1));
        expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        for (const [i, one] of bars.entries()) {
          expect(one.toMs).toBeGreaterThan(one.fromMs);
          if (i > 0) expect(one.fromMs).toBe(bars[i - 1]?.toMs);
        }
        expect(bars[0]?.fromMs).toBeLessThanOrEqual(Math.max(Math.min(...all), 0.001));
        expect(bars.at(-1)?.toMs).toBeGreaterThanOrEqual(Math.max(...all));
      }),
    );
  });

  it("has round bounds and nothing to draw when empty", () => {
    expect(new Histogram().bars(10)).toEqual([]);
    expect(new Histogram().times()).toMatchObject({ count: 0, mean: 0, p99: 0, max: 0 });
    expect(
      filled([12, 14, 33, 70])
        .bars(14)
        .map(({ toMs }) => toMs),
    ).toEqual([12.5, 16, 20, 25, 32, 40, 50, 63, 80]);
  });
});
