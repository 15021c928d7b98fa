// Tests of the quantile of the newest values: the nearest rank of what is remembered, whatever came before.

import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentQuantile } from "./recent-quantile.ts";

test("is the nearest rank of the newest values", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (size, values, q) => {
        const quantile = new RecentQuantile(size);
        for (const value of values) quantile.add(value);
        const newest = values.slice(-size);
        const at = quantile.at(q);
        // The least value that so large a share does not exceed; undefined without any.
        const share = (most: number) => newest.filter((value) => value <= most).length / newest.length;
        const least = [...newest].sort((a, b) => a - b).find((value) => share(value) >= q);
        expect(at).toBe(least);
      },
    ),
  );
});

test("of a thousand values the slowest thousandth is the last but one", () => {
  const quantile = new RecentQuantile(1_000);
  for (let i = 1; i <= 1_000; i++) quantile.add(i);
  expect([quantile.at(0), quantile.at(0.5), quantile.at(0.999), quantile.at(1)]).toEqual([1, 500, 999, 1_000]);
});
