// Claims of nonces: here first, then for all instances on one store; while that does not answer, here alone.

import { type Clock, inTime } from "@fairlead/runtime";
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
      const heard = await inTime(clock, shared.claim(key, ttlMs), PATIENCE_MS);
      if (typeof heard === "object") return heard.said;
      onLocal();
      return true;
    },
  };
}
