// Tests of the standing queue: when it stands, how fast it drops, and that each one begins anew.

import { expect, test } from "vitest";
import { StandingQueue } from "./standing-queue.ts";

test("stands after an interval without a break, drops ever faster, and nobody who has not waited the target", () => {
  const queue = new StandingQueue(200, 2_000);
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
  const queue = new StandingQueue(200, 2_000);
  queue.filled(0);
  for (let i = 0; i < 5; i++) queue.dropped(queue.dropAt(0));
  queue.emptied();
  expect([queue.stands(1e9), queue.dropAt(0)]).toEqual([false, Number.POSITIVE_INFINITY]);
  queue.filled(50_000);
  queue.dropped(queue.dropAt(50_000));
  expect(queue.dropAt(50_000)).toBe(54_000);
});

test("in front of slow answers target and interval are longer, and never shorter than their own", () => {
  const queue = new StandingQueue(200, 2_000);
  queue.pace(5_000, 20_000);
  queue.filled(0);
  expect([queue.stands(19_999), queue.stands(20_000)]).toEqual([false, true]);
  expect(queue.dropAt(18_000)).toBe(23_000);
  queue.pace(1, 1);
  queue.filled(0);
  expect([queue.stands(1_999), queue.stands(2_000), queue.dropAt(1_900)]).toEqual([false, true, 2_100]);
});
