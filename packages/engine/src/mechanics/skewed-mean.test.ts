// Tests of the mean of skewed numbers: how near it comes with few, that it is right with many, and that it forgets.

import { normal, seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { SkewedMean } from "./skewed-mean.ts";

const SIGMA = 1.2;
const lognormal = (random: ReturnType<typeof seededRandom>, mean: number) =>
  Math.exp(Math.log(mean) - SIGMA ** 2 / 2 + SIGMA * normal(random));

/** Relative errors after `n` draws of mean 800, a seed each, ascending by size; and those of the plain mean. */
function errors(n: number, seeds: number): { ours: number[]; plain: number[]; bias: number } {
  const ours: number[] = [];
  const plain: number[] = [];
  let bias = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const random = seededRandom(`skewed-${seed}`);
    const mean = new SkewedMean(500);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const value = lognormal(random, 800);
      mean.add(value);
      sum += value;
    }
    ours.push(Math.abs(mean.value / 800 - 1));
    plain.push(Math.abs(sum / n / 800 - 1));
    bias += (mean.value / 800 - 1) / seeds;
  }
  const ascending = (a: number, b: number) => a - b;
  return { ours: ours.sort(ascending), plain: plain.sort(ascending), bias };
}

const average = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const quantile = (values: readonly number[], q: number) => values[Math.floor(q * (values.length - 1))] as number;

describe("lognormal numbers with sigma 1.2", () => {
  test("after 200 the error is below 10 % on average and in the median, over 600 seeds", () => {
    const { ours, bias } = errors(200, 600);
    expect(average(ours)).toBeLessThan(0.1);
    expect(quantile(ours, 0.5)).toBeLessThan(0.085);
    expect(quantile(ours, 0.95)).toBeLessThan(0.27);
    expect(Math.abs(bias)).toBeLessThan(0.02);
  });

  test("that is nearer than the plain mean, everywhere", () => {
    const { ours, plain } = errors(200, 600);
    expect(average(ours)).toBeLessThan(0.96 * average(plain));
    for (const q of [0.5, 0.9, 0.95]) expect(quantile(ours, q)).toBeLessThan(quantile(plain, q));
  });

  test("with many it settles within what its memory allows", () => {
    const { ours, bias } = errors(3_000, 100);
    expect(average(ours)).toBeLessThan(0.06);
    expect(Math.abs(bias)).toBeLessThan(0.015);
  });
});

test("other spreads come out right when there are many: constant, two-valued, uniform, with zeros", () => {
  const random = seededRandom("others");
  for (const [name, draw, truth] of [
    ["constant", () => 321, 321],
    ["two values", () => (random.next() < 0.9 ? 50 : 4_000), 445],
    ["uniform", () => 1_000 * random.next(), 500],
    ["zeros", () => (random.next() < 0.5 ? 0 : 1_000), 500],
  ] as const) {
    const values: number[] = [];
    const mean = new SkewedMean(500);
    for (let i = 0; i < 20_000; i++) {
      mean.add(draw());
      if (i % 100 === 99 && i > 5_000) values.push(mean.value);
    }
    expect(Math.abs(average(values) / truth - 1), name).toBeLessThan(0.04);
  }
});

test("nothing is 0, one draw is itself, and every estimate is finite", () => {
  const mean = new SkewedMean(500);
  expect([mean.value, mean.count]).toEqual([0, 0]);
  mean.add(0);
  expect(mean.value).toBe(0);
  const other = new SkewedMean(500);
  other.add(700);
  expect(other.value).toBeCloseTo(700, 6);
  for (const value of [1e-300, 1e12, 0, 5]) {
    other.add(value);
    expect(Number.isFinite(other.value)).toBe(true);
  }
});

test("it forgets: after a lasting change the new mean holds", () => {
  const random = seededRandom("change");
  const mean = new SkewedMean(500);
  for (let i = 0; i < 2_000; i++) mean.add(lognormal(random, 800));
  for (let i = 0; i < 2_500; i++) mean.add(lognormal(random, 100));
  expect(mean.value).toBeGreaterThan(80);
  expect(mean.value).toBeLessThan(125);
});
