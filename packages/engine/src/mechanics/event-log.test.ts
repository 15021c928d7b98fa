// Tests of the log of an answer and of the quantile of the newest values.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EventLog } from "./event-log.ts";
import { RecentQuantile } from "./recent-quantile.ts";

test("keeps numbers and bytes right whatever is added and forgotten", () => {
  const act = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: -30, max: -1 }));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const log = new EventLog();
      const all: Buffer[] = [];
      let first = 0;
      for (const n of acts) {
        if (n > 0) {
          all.push(Buffer.alloc(n, all.length));
          log.add(all[all.length - 1] as Buffer);
        } else {
          const before = log.bytes;
          const freed = log.forget(-n);
          first = Math.max(first, Math.min(-n, all.length));
          expect(before - log.bytes).toBe(freed);
        }
        expect(log.end).toBe(all.length);
        expect(log.whole).toBe(first === 0);
        expect(log.bytes).toBe(all.slice(first).reduce((sum, one) => sum + one.length, 0));
        for (let at = first; at < all.length; at++) expect(log.piece(at).equals(all[at] as Buffer)).toBe(true);
      }
    }),
  );
});

test("a small part of a large buffer is copied, a whole one is not", () => {
  const log = new EventLog();
  const large = Buffer.alloc(65_536, "x");
  const part = log.add(large.subarray(0, 100));
  expect(part.buffer).not.toBe(large.buffer);
  expect(part.toString()).toBe("x".repeat(100));
  expect(log.add(large)).toBe(large);
});

test("the quantile is that of the newest values, by nearest rank", () => {
  const quantile = new RecentQuantile(10);
  expect(quantile.at(0.5)).toBeUndefined();
  for (let i = 100; i > 0; i--) quantile.add(i);
  expect([0, 0.1, 0.11, 0.5, 0.999, 1].map((q) => quantile.at(q))).toEqual([1, 1, 2, 5, 10, 10]);
});
