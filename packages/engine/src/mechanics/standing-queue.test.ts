// Tests of the standing queue: when it stands, how fast it drops, and that each one begins anew.

import { expect, test } from "vitest";
import { StandingQueue } from "./standing-queue.ts";

test("stands after an interval without a break, drops ever faster, and nobody who has not waited the target", () => {
  const queue = new StandingQueue({ targetMs: 200, intervalMs: 2_000 });
  queue.filled(0);
  expect([queue.stands(1_999), queue.stands(2_000)]).toEqual([false, true]);
  const drops: number[] = [];
  for (let i = 0; i < 4; i++) {
    drops.push(queue.dropAt(0));
    queue.dropped(queue.dropAt(0));
  }
  const expected = [2_000, 4_000, 4_000 + 2_000 / Math.SQRT2, 4_000 + 2_000 / Math.SQRT2 + 2_000 / Math.sqrt(3)];
  for (const [i, at] of expected.entries()) expect(drops[i]).toBeCloseTo(at, 6);
  expect(queue.dropAt(99_000)).toBe(99_200);
});

test("once empty it stands no more, and the next one begins with the first drop", () => {
  const queue = new StandingQueue({ targetMs: 200, intervalMs: 2_000 });
  queue.filled(0);
  for (let i = 0; i < 5; i++) queue.dropped(queue.dropAt(0));
  queue.emptied();
  expect([queue.stands(1e9), queue.dropAt(0)]).toEqual([false, Number.POSITIVE_INFINITY]);
  queue.filled(50_000);
  queue.dropped(queue.dropAt(50_000));
  expect(queue.dropAt(50_000)).toBe(54_000);
});

test("what its patience is changed to holds from then on", () => {
  const patience = { targetMs: 5_000, intervalMs: 20_000 };
  const queue = new StandingQueue(patience);
  queue.filled(0);
  expect([queue.stands(19_999), queue.stands(20_000)]).toEqual([false, true]);
  expect(queue.dropAt(18_000)).toBe(23_000);
  Object.assign(patience, { targetMs: 200, intervalMs: 2_000 });
  queue.filled(0);
  expect([queue.stands(1_999), queue.stands(2_000), queue.dropAt(1_900)]).toEqual([false, true, 2_100]);
});

test("one that goes soon begins the interval anew, one that waited the target does not, nor any once it stands", () => {
  const queue = new StandingQueue({ targetMs: 200, intervalMs: 2_000 });
  queue.filled(0);
  queue.relieved(1_000, 801);
  expect([queue.stands(2_999), queue.stands(3_000)]).toEqual([false, true]);
  queue.relieved(2_500, 2_300);
  expect(queue.stands(3_000)).toBe(true);
  queue.relieved(3_000, 2_999);
  expect(queue.stands(3_000)).toBe(true);
});
