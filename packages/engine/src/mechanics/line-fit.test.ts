// Tests of the line fit: it finds base and slope in noise, outliers do not move it, a lasting change does.

import { normal, seededRandom } from "@fairlead/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LineFit } from "./line-fit.ts";

const fresh = () => new LineFit(1_000, 0.05, 500);

/** Points of a line with lognormal noise (sigma 0.4, median 1), x lognormal around 3,000, some of them at 20 s. */
function feed(fit: LineFit, base: number, slope: number, n: number, outliers: number, seed: string): void {
  const random = seededRandom(seed);
  for (let i = 0; i < n; i++) {
    const x = Math.exp(Math.log(3_000) + 1.5 * normal(random));
    const y = (base + slope * x) * Math.exp(0.4 * normal(random));
    fit.add(x, random.next() < outliers ? 20_000 : y);
  }
}

/** The mean of the noise: least squares finds the mean, not the median. */
const NOISE = Math.exp(0.4 ** 2 / 2);

test("finds lines far from where it began, within 15 % where most points lie and 25 % at their edge", () => {
  for (const [base, slope] of [
    [400, 0.02],
    [1_000, 0.05],
    [3_000, 0.2],
    [250, 0],
  ] as const) {
    for (const seed of ["a", "b", "c"]) {
      const fit = fresh();
      feed(fit, base, slope, 800, 0, seed);
      for (const x of [500, 3_000, 10_000, 30_000]) {
        expect(Math.abs(fit.at(x) / ((base + slope * x) * NOISE) - 1), `${base} ${slope} ${x}`).toBeLessThan(
          x < 30_000 ? 0.15 : 0.25,
        );
      }
    }
  }
});

test("one in a hundred at 20 s moves it by less than 10 %", () => {
  const clean = fresh();
  const dirty = fresh();
  feed(clean, 500, 0.02, 1_000, 0, "o");
  feed(dirty, 500, 0.02, 1_000, 0.01, "o");
  for (const x of [500, 3_000, 10_000]) expect(dirty.at(x) / clean.at(x)).toBeLessThan(1.1);
});

test("a single point of an hour moves it no more than one three times as slow as expected", () => {
  const hour = fresh();
  const slow = fresh();
  hour.add(2_000, 3_600_000);
  slow.add(2_000, 3 * (1_000 + 0.05 * 2_000));
  expect(hour.at(2_000)).toBe(slow.at(2_000));
});

test("a lasting tenfold slowdown arrives", () => {
  const fit = fresh();
  feed(fit, 500, 0.02, 500, 0, "before");
  feed(fit, 5_000, 0.2, 2_000, 0, "after");
  expect(fit.at(3_000) / (5_600 * NOISE)).toBeGreaterThan(0.8);
  expect(fit.at(3_000) / (5_600 * NOISE)).toBeLessThan(1.2);
});

test("stays positive, finite and never falls with x, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 600_000 })), {
        maxLength: 200,
      }),
      (points) => {
        const fit = fresh();
        for (const [x, y] of points) fit.add(x, y);
        expect(fit.at(0)).toBeGreaterThan(0);
        expect(Number.isFinite(fit.at(1_000_000))).toBe(true);
        expect(fit.at(1_000_000)).toBeGreaterThanOrEqual(fit.at(0));
      },
    ),
  );
});

test("where large prompts come faster than small ones it is flat, not falling, and says something between", () => {
  const fit = fresh();
  for (let i = 0; i < 400; i++) fit.add(i % 2 === 0 ? 0 : 20_000, i % 2 === 0 ? 3_000 : 600);
  expect(fit.at(20_000)).toBe(fit.at(0));
  expect(fit.at(0)).toBeGreaterThan(600);
  expect(fit.at(0)).toBeLessThan(3_000);
});

test("where small prompts are answered in no time the base stays above nothing", () => {
  const fit = fresh();
  for (let i = 0; i < 3_000; i++) fit.add(i % 2 === 0 ? 1_000 : 200_000, i % 2 === 0 ? 0 : 600_000);
  expect(fit.at(0)).toBeGreaterThanOrEqual(10);
});
