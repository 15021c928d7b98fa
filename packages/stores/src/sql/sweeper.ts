// Sweeps what has expired, now and then, a bite at a time.

import type { Clock, Timer } from "@fairlead/runtime";

/** Rows per bite: a statement that holds its locks for a few milliseconds. */
export const SWEEP_BITE = 500;
/** A record that was removed is remembered so long, so that an instance that was away hears of it, milliseconds. */
export const REMOVED_KEPT_MS = 90 * 86_400_000;

/** Clocks of instances differ; nothing is swept before it has expired for all, milliseconds. */
export const SWEEP_GRACE_MS = 60_000;

const BITES = 20;

/**
 * Calls `bite` every `everyMs`, again at once while it returns a full bite (at most 20 times), until the returned function
 * is called. A bite that fails is left for the next time.
 */
export function startSweeper(clock: Clock, everyMs: number, bite: () => Promise<number>): () => void {
  let timer: Timer | undefined;
  let stopped = false;
  const wait = () => {
    timer = clock.timer(everyMs, () => void turn());
  };
  const turn = async () => {
    try {
      for (let n = 0; n < BITES && !stopped; n += 1) if ((await bite()) < SWEEP_BITE) break;
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
