// The sweeper bites until there is nothing left, waits when the store is down, and stops when told.

import { VirtualClock } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { SWEEP_BITE } from "./sweep-bounds.ts";
import { startSweeper } from "./sweeper.ts";

it("keeps up with what expires, and leaves a store that is down for the next time", async () => {
  const clock = new VirtualClock();
  let left = 60_000;
  let down = false;
  let bites = 0;
  const stop = startSweeper(clock, 60_000, async () => {
    bites += 1;
    if (down) throw new Error("down");
    const bite = Math.min(left, SWEEP_BITE);
    left -= bite;
    return bite;
  });
  await clock.advance(59_000);
  expect(bites).toBe(0);
  await clock.advance(10_000);
  expect(left).toBe(0);
  expect(bites).toBe(121);
  down = true;
  await clock.advance(180_000);
  expect(bites).toBeGreaterThanOrEqual(123);
  expect(bites).toBeLessThanOrEqual(125);
  down = false;
  left = 10;
  await clock.advance(60_000);
  expect(left).toBe(0);
  stop();
  const before = bites;
  await clock.advance(600_000);
  expect(bites).toBe(before);
});
