// Claims of nonces: here first, then for all instances on one store; while that does not answer, here alone.

import type { Clock } from "@fairlead/runtime";
import { type Marks, memoryMarks } from "@fairlead/stores";

/** A request waits no longer than this for the shared marks, milliseconds: a store that is silent must not slow callers. */
const PATIENCE_MS = 300;

/**
 * Marks that never fail. A nonce that this instance has seen is refused without asking further. While the shared marks do
 * not answer, a signed request could be replayed once at each other instance, within its time window.
 */
export function nonceMarks(shared: Marks, clock: Clock, onLocal: () => void = () => {}): Marks {
  const local = memoryMarks(clock);
  return {
    async claim(key, ttlMs) {
      if (!(await local.claim(key, ttlMs))) return false;
      try {
        return await inTime(clock, shared.claim(key, ttlMs));
      } catch {
        onLocal();
        return true;
      }
    },
  };
}

/** Rejects when there is no answer in time; what is claimed later is claimed all the same. */
function inTime<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(PATIENCE_MS, () => reject(new Error("no answer")));
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
