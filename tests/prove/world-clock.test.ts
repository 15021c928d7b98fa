// The clock of worlds keeps the contract of the runtime's virtual clock: order, cancelling, and promises between timers.

import { VirtualClock } from "@fairlead/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WorldClock } from "./world-clock.ts";

interface Step {
  readonly ms: number;
  /** Set by the timer when it fires, that many milliseconds on; -1: none. */
  readonly next: number;
  /** Cancels the timer of that number when it fires. */
  readonly cancels: number;
  /** Promise callbacks that run after it, each before the next timer. */
  readonly awaits: number;
}

async function played(clock: VirtualClock | WorldClock, steps: readonly Step[], run: () => Promise<void>) {
  const log: string[] = [];
  const timers = steps.map((step, i) =>
    clock.timer(step.ms, async () => {
      log.push(`${i} at ${clock.now()}`);
      timers[step.cancels]?.cancel();
      if (step.next >= 0) clock.timer(step.next, () => log.push(`after ${i} at ${clock.now()}`));
      for (let n = 0; n < step.awaits; n++) {
        await null;
        log.push(`${i} awaited ${n} at ${clock.now()}`);
      }
    }),
  );
  await run();
  return log;
}

const step = fc.record({
  ms: fc.integer({ min: 0, max: 20 }),
  next: fc.integer({ min: -1, max: 10 }),
  cancels: fc.integer({ min: -1, max: 30 }),
  awaits: fc.integer({ min: 0, max: 4 }),
});

test("does exactly what the virtual clock does, promises and cancelling included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 40 }), async (steps, end) => {
      const virtual = new VirtualClock();
      const world = new WorldClock();
      const right = await played(virtual, steps, () => virtual.advance(end));
      expect(await played(world, steps, () => world.runTo(end))).toEqual(right);
      expect(world.now()).toBe(virtual.now());
    }),
  );
});

test("a cancelled timer is out at once, and cancelling it again does no harm", async () => {
  const clock = new WorldClock();
  const timers = Array.from({ length: 100 }, (_, i) => clock.timer(i, () => {}));
  for (const timer of timers.filter((_, i) => i % 3 !== 0)) timer.cancel();
  expect(clock.waiting).toBe(34);
  timers[1]?.cancel();
  expect(clock.waiting).toBe(34);
  await clock.runTo(1_000);
  expect(clock.fired).toBe(34);
  expect(clock.waiting).toBe(0);
  timers[0]?.cancel();
});

test("fires in the order of time and of setting, whatever was cancelled before", async () => {
  const timer = fc.record({ ms: fc.integer({ min: 0, max: 500 }), cancel: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(timer, { minLength: 50, maxLength: 400 }), async (list) => {
      const clock = new WorldClock();
      const fired: number[] = [];
      const timers = list.map(({ ms }, i) => clock.timer(ms, () => fired.push(i)));
      for (const [i, { cancel }] of list.entries()) if (cancel) timers[i]?.cancel();
      await clock.runTo(1_000);
      const left = list.map(({ ms, cancel }, i) => ({ ms, cancel, i })).filter(({ cancel }) => !cancel);
      expect(fired).toEqual(left.sort((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i));
    }),
  );
});

test("what a timer throws ends the run", async () => {
  const clock = new WorldClock();
  clock.timer(5, () => {
    throw new Error("broken");
  });
  await expect(clock.runTo(10)).rejects.toThrow("broken");
});
