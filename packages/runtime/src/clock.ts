// Time as the rest of the house sees it: a monotonic clock, the wall clock, and timers.

import { CoarseTimers } from "./coarse-timers.ts";

/** A pending timer. `cancel` may be called any number of times, before or after it fired. */
export interface Timer {
  cancel(): void;
}

/** The only time there is. Virtual in worlds by seed, real elsewhere. */
export interface Clock {
  /** Monotonic time in milliseconds (fractions allowed), origin arbitrary. For durations and deadlines. */
  now(): number;
  /** Wall time in milliseconds since 1970-01-01T00:00:00Z. For time stamps only, it may jump. */
  wall(): number;
  /** Calls `run` once after at least `ms` milliseconds. Values below 0 count as 0; above 2^31-1 they are cut to it. */
  timer(ms: number, run: () => void): Timer;
}

/** Longest delay a Node timer can hold, milliseconds (2^31-1; above it Node fires at once). */
export const MAX_TIMER_MS = 2_147_483_647;

/** Resolves after `ms` milliseconds of the clock's time. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.timer(ms, resolve);
  });
}

/** From this length on a timer may fire up to 100 ms late, which makes it cheap, milliseconds. */
const COARSE_FROM_MS = 1_000;

/** The machine's own time. Timers of a second and more fire up to 100 ms late. */
export function systemClock(): Clock {
  const coarse = new CoarseTimers(() => performance.now());
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    timer(ms, run) {
      if (ms >= COARSE_FROM_MS) return coarse.set(Math.min(ms, MAX_TIMER_MS), run);
      const handle = setTimeout(run, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
      return { cancel: () => clearTimeout(handle) };
    },
  };
}
