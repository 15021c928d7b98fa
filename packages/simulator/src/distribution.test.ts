// Distributions: what they draw, repeatably, and what they refuse.

import { seededRandom } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { type Distribution, distributionProblem, draw } from "./distribution.ts";

const mean = (distribution: Distribution) => {
  const random = seededRandom("d");
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += draw(distribution, random);
  return sum / 20_000;
};

test.each([
  [7, 7],
  [{ kind: "fixed", value: 5 }, 5],
  [{ kind: "uniform", low: 10, high: 30 }, 20],
  [{ kind: "normal", mean: 50, deviation: 5 }, 50],
  [{ kind: "lognormal", median: 80, sigma: 0.25 }, 80 * Math.exp(0.03125)],
  [{ kind: "exponential", mean: 12 }, 12],
] as Array<[Distribution, number]>)("%j has its mean", (distribution, expected) => {
  expect(mean(distribution)).toBeCloseTo(expected, expected > 60 ? -1 : 0);
  expect(mean(distribution)).toBe(mean(distribution));
  expect(distributionProblem(distribution)).toBeUndefined();
});

test.each([
  [-1, "must not be negative"],
  ["fast", "must be a number or"],
  [{ kind: "pareto" }, "kind must be one of"],
  [{ kind: "uniform", low: 1 }, "uniform needs high"],
  [{ kind: "fixed", value: 1, low: 2 }, 'fixed knows no "low"'],
])("%j is refused", (value, message) => {
  expect(distributionProblem(value)).toContain(message);
});
