// Sweeps what has expired, now and then, a bite at a time.

import { type Clock, sleep, type Timer } from "@fairlead/runtime";
import { SWEEP_BITE } from "./sweep-bounds.ts";

/** Enough for a million rows a turn: nonces of 1,000 signed requests a second are 60,000 a minute. */
const BITES = 2_000;
/** Between two bites others have their turn, milliseconds. */
const PAUSE_MS = 5;

/**
 * Calls `bite` every `everyMs`, and soon again while it returns a full bite, until the returned function is called.
 * A bite that fails is left for the next time.
 */
export function startSweeper(clock: Clock, everyMs: number, bite: () => Promise<number>): () => void {
  let timer: Timer | undefined;
  let stopped = false;
  const wait = () => {
    timer = clock.timer(everyMs, () => void turn());
  };
  const turn = async () => {
    try {
      for (let n = 0; n < BITES && !stopped; n += 1) {
        if ((await bite()) < SWEEP_BITE) break;
        await sleep(clock, PAUSE_MS);
      }
    } catch {
      // The store is down; whoever needs it hears of that.
    }
    if (!stopped) wait();
  };
  wait();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
