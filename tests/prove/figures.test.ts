// Figures from histories: quantiles by nearest rank, recovery windows, and the fair division that fairness is measured by.

import { expect, test } from "vitest";
import { quantile, recovery, successShare, sumSeconds } from "./figures.ts";
import { atLeast, atMost } from "./goal.ts";
import { jain, maxMin } from "./goals/fairness.ts";
import { History, STATE } from "./history.ts";
import { cellOf, reached, showCell } from "./table.ts";
import type { Done } from "./worker.ts";

function history(rows: ReadonlyArray<readonly [number, number]>): History {
  const made = new History();
  for (const [at, state] of rows) {
    const row = made.add(at, 0, 0);
    made.state[row] = state;
  }
  return made;
}

test("quantiles are values that occurred", () => {
  expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
  expect(quantile([5, 1, 3, 2, 4], 0.95)).toBe(5);
  expect(quantile([1, 2], 0.5)).toBe(1);
  expect(quantile([], 0.5)).toBeNaN();
});

test("a share counts the arrivals of its span, the first of them in and the last out", () => {
  const one = history([
    [0, STATE.good],
    [10, STATE.failed],
    [20, STATE.good],
    [30, STATE.failed],
  ]);
  expect(successShare(one, 10, 30)).toBe(0.5);
  expect(successShare(one, 0, 30)).toBeCloseTo(2 / 3, 9);
  expect(successShare(one, 31, 40)).toBeNaN();
});

test("recovery is the begin of the first window of 5 s with 95 % success", () => {
  const rows: Array<readonly [number, number]> = [];
  for (let at = 0; at < 30_000; at += 100) rows.push([at, at < 8_000 ? STATE.failed : STATE.good]);
  // In [7_500, 12_500) five of fifty failed; in [7_750, 12_750) two.
  expect(recovery(history(rows), 0, 30_000)).toBe(7.75);
  expect(recovery(history(rows), 9_000, 30_000)).toBe(0);
  expect(recovery(history(rows), 0, 12_000)).toBe(Number.POSITIVE_INFINITY);
});

test("a series is summed by whole seconds", () => {
  expect(sumSeconds([1, 2, 4, 8], 1_000, 3_000)).toBe(6);
  expect(sumSeconds([], 0, 5_000)).toBe(0);
});

test("a fair division gives the small what they ask and divides the rest", () => {
  expect(maxMin([1, 10, 10], 9)).toEqual([1, 4, 4]);
  expect(maxMin([1, 2, 3], 100)).toEqual([1, 2, 3]);
  expect(jain([1, 1, 1])).toBe(1);
  expect(jain([1, 0, 0, 0])).toBe(0.25);
});

test("a target is judged on its bad side", () => {
  const runs = [1, 2, 3, 4, 100].map(
    (value, i): Done => ({
      figures: [value],
      broken: [],
      requests: 1,
      tookMs: 1,
      job: { goal: "G", subject: "s", seed: `seed-${i}` },
    }),
  );
  const most = atMost("m", "", 50);
  const least = atLeast("l", "", 2);
  const up = cellOf(most, 0, runs);
  const down = cellOf(least, 0, runs);
  if (up === undefined || down === undefined) throw new Error("no cell");
  expect([up.p50, up.p95, up.worstSeed]).toEqual([3, 100, "seed-4"]);
  expect([down.p50, down.p95, down.worstSeed]).toEqual([3, 1, "seed-0"]);
  expect(reached(most, up)).toBe(false);
  expect(reached({ ...most, over: "p50" }, up)).toBe(true);
  expect(reached(least, down)).toBe(false);
  expect(reached({ ...most, over: "sum" }, up)).toBe(false);
  // 22 on average.
  expect(reached({ ...atMost("m", "", 21), over: "mean" }, up)).toBe(false);
  expect(reached({ ...atMost("m", "", 22), over: "mean" }, up)).toBe(true);
  expect(showCell({ ...most, over: "mean" }, up)).toBe("3.00 / 100.00, mean 22.00");
  expect(showCell(most, up)).toBe("3.00 / 100.00");
  expect(cellOf(most, 1, runs)).toBeUndefined();
});
