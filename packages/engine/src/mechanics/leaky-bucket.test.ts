// Tests of the leaky bucket: an even pace, nothing saved up, refunds that do not go back in time.

import fc from "fast-check";
import { expect, test } from "vitest";
import { LeakyBucket } from "./leaky-bucket.ts";

test("each call goes when the cost of those before it has run out", () => {
  const bucket = new LeakyBucket(0.01);
  expect([bucket.book(1, 0), bucket.book(2, 0), bucket.book(1, 50), bucket.book(1, 1_000)]).toEqual([
    0, 100, 300, 1_000,
  ]);
});

test("a pause earns no burst", () => {
  const bucket = new LeakyBucket(0.01);
  bucket.book(1, 0);
  expect([bucket.book(1, 60_000), bucket.book(1, 60_000)]).toEqual([60_000, 60_100]);
});

test("says how long to wait, those ahead included, and what is owed", () => {
  const bucket = new LeakyBucket(0.01);
  bucket.draw(3, 0);
  expect([bucket.waitMs(1, 100), bucket.waitMs(1, 100, 2), bucket.waitMs(1, 300)]).toEqual([200, 400, 0]);
  expect(bucket.available(100)).toBeCloseTo(-2, 9);
});

test("what turned out cheaper lets the next go sooner, but never before it came", () => {
  const bucket = new LeakyBucket(0.01);
  bucket.draw(5, 0);
  bucket.draw(-2, 100);
  expect(bucket.nextAt(100)).toBe(300);
  bucket.draw(-100, 100);
  expect(bucket.nextAt(100)).toBe(100);
  expect(bucket.book(1, 100)).toBe(100);
  expect(bucket.nextAt(100)).toBe(200);
});

test("two calls are never closer together than the first one's cost takes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 1, max: 50 })), { maxLength: 100 }),
      (calls) => {
        const bucket = new LeakyBucket(0.125);
        let now = 0;
        let before: readonly [number, number] | undefined;
        for (const [later, cost] of calls) {
          now += later;
          const at = bucket.book(cost, now);
          expect(at).toBeGreaterThanOrEqual(now);
          if (before !== undefined) expect(at).toBeGreaterThanOrEqual(before[0] + before[1] * 8);
          if (before === undefined || before[0] + before[1] * 8 <= now) expect(at).toBe(now);
          before = [at, cost];
        }
      },
    ),
  );
});
