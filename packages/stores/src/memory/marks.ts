// Marks in memory: enough for one instance.

import type { Clock } from "@fairlead/runtime";
import { checkMark } from "../bounds.ts";
import type { Marks } from "../marks.ts";

/** Marks that live as long as the process. Swept once they are twice as many as were alive at the last sweep. */
export function memoryMarks(clock: Clock): Marks {
  const until = new Map<string, number>();
  let sweepAt = 1_000;
  return {
    async claim(key, ttlMs) {
      checkMark(key, ttlMs);
      const now = clock.now();
      if ((until.get(key) ?? Number.NEGATIVE_INFINITY) > now) return false;
      until.set(key, now + ttlMs);
      if (until.size >= sweepAt) {
        for (const [one, end] of until) if (end <= now) until.delete(one);
        sweepAt = Math.max(1_000, until.size * 2);
      }
      return true;
    },
  };
}
