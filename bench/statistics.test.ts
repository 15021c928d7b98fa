// Medians and paired figures: odd, even and empty samples; rounds that only one side has.
import { describe, expect, it } from "vitest";
import { median, pairedDifferences, pairedRatios, spread } from "./statistics.ts";

describe("median", () => {
  it("takes the middle of an odd sample in any order", () => expect(median([9, 1, 5])).toBe(5));
  it("takes the mean of the two middle values of an even sample", () => expect(median([10, 1, 4, 2])).toBe(3));
  it("has none for an empty sample", () => expect(median([])).toBeUndefined());
  it("does not reorder what it is given", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("spread", () => {
  it("gives median, extremes and size", () => expect(spread([4, 2, 8])).toEqual({ median: 4, min: 2, max: 8, n: 3 }));
  it("has none for an empty sample", () => expect(spread([])).toBeUndefined());
});

describe("pairs of rounds", () => {
  const a = new Map([
    [1, 10],
    [2, 30],
    [3, 99],
  ]);
  const b = new Map([
    [1, 5],
    [2, 10],
    [4, 1],
  ]);
  it("divides within a round and leaves out rounds that one side lacks", () =>
    expect(pairedRatios(a, b)).toEqual([2, 3]));
  it("subtracts within a round", () => expect(pairedDifferences(a, b)).toEqual([5, 20]));
  it("is not the ratio of the medians", () => {
    const fast = new Map([
      [1, 1],
      [2, 10],
      [3, 10],
    ]);
    const slow = new Map([
      [1, 10],
      [2, 10],
      [3, 100],
    ]);
    expect(spread(pairedRatios(slow, fast))?.median).toBe(10);
    expect((median([...slow.values()]) ?? 0) / (median([...fast.values()]) ?? 1)).toBe(1);
  });
});
