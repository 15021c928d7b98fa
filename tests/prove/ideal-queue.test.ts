// Tests of the yardstick: work is conserved, and the lowest rank waits only for the next slot.

import { expect, test } from "vitest";
import { idealWaits } from "./ideal-queue.ts";

test("two slots: who ranks lower overtakes, nobody is put back, no slot is idle", () => {
  const requests = [
    { arrivedMs: 0, serviceMs: 100, rank: 1 },
    { arrivedMs: 0, serviceMs: 200, rank: 1 },
    { arrivedMs: 10, serviceMs: 100, rank: 1 },
    { arrivedMs: 20, serviceMs: 100, rank: 0 },
    { arrivedMs: 30, serviceMs: 100, rank: 0 },
    { arrivedMs: 500, serviceMs: 100, rank: 1 },
  ];
  expect(idealWaits(requests, 2)).toEqual([0, 0, 190, 80, 170, 0]);
});
