// Tests of the token bucket: burst and rate in any span, waits that hold, debt, refund.

import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("lets a full burst go at once, then the rate", () => {
  const bucket = new TokenBucket(0.01, 5);
  expect(Array.from({ length: 7 }, () => bucket.take(1, 0))).toEqual([true, true, true, true, true, false, false]);
  expect(bucket.waitMs(1, 0)).toBeCloseTo(100, 9);
  expect(bucket.take(1, 99)).toBe(false);
  expect(bucket.take(1, 100)).toBe(true);
  expect(bucket.available(100)).toBeCloseTo(0, 9);
  expect(bucket.available(10_000)).toBe(5);
});

test("asking draws nothing", () => {
  const bucket = new TokenBucket(1, 10);
  for (let i = 0; i < 50; i++) expect(bucket.waitMs(10, 0)).toBe(0);
  expect(bucket.available(0)).toBe(10);
});

test("more than the burst goes when the bucket is full, and is paid off by those after it", () => {
  const bucket = new TokenBucket(1, 10);
  bucket.draw(1, 0);
  expect(bucket.waitMs(100, 0)).toBeCloseTo(1, 9);
  expect(bucket.take(100, 1)).toBe(true);
  expect(bucket.available(1)).toBeCloseTo(-90, 9);
  expect(bucket.waitMs(1, 1)).toBeCloseTo(91, 9);
  expect(bucket.waitMs(0, 1)).toBeCloseTo(90, 9);
});

test("a refund comes back at once, but never above the burst", () => {
  const bucket = new TokenBucket(1, 10);
  bucket.draw(30, 0);
  bucket.draw(-25, 0);
  expect(bucket.available(0)).toBeCloseTo(5, 9);
  bucket.draw(-25, 0);
  expect(bucket.available(0)).toBe(10);
  bucket.draw(10, 0);
  expect(bucket.available(0)).toBeCloseTo(0, 9);
});

test("those ahead are waited for too", () => {
  const bucket = new TokenBucket(1, 10);
  expect(bucket.waitMs(4, 0, 6)).toBe(0);
  expect(bucket.waitMs(4, 0, 20)).toBeCloseTo(14, 9);
});

const steps = fc.array(
  fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 20, noNaN: true })),
  {
    maxLength: 100,
  },
);

test("in no span of time does more go than burst + rate * span, and what fits is never refused", () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0.001, max: 2, noNaN: true }), (calls, rate) => {
      const burst = 20;
      const bucket = new TokenBucket(rate, burst);
      const gone: Array<readonly [number, number]> = [];
      let now = 1e6;
      for (const [later, cost] of calls) {
        now += later;
        const room = bucket.available(now);
        const went = bucket.take(cost, now);
        if (went) gone.push([now, cost]);
        expect(went || room < cost + 1e-6).toBe(true);
        for (let from = 0; from < gone.length; from++) {
          const [start] = gone[from] as readonly [number, number];
          const sum = gone.slice(from).reduce((all, [, one]) => all + one, 0);
          expect(sum).toBeLessThanOrEqual(burst + rate * (now - start) + 0.01 * gone.length);
        }
      }
    }),
  );
});

test("whoever waits as long as it was told may go then, and not a moment sooner", () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0.001, max: 2, noNaN: true }), (calls, rate) => {
      const bucket = new TokenBucket(rate, 7);
      let now = 1e8;
      for (const [later, cost] of calls) {
        now += later;
        const wait = bucket.waitMs(cost, now);
        if (wait > 0.1) expect(bucket.waitMs(cost, now + wait - 0.1)).toBeGreaterThan(0);
        now += wait;
        expect(bucket.take(cost, now)).toBe(true);
      }
    }),
  );
});
