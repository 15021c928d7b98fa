// Claims of nonces: here first, then for all instances; while the shared marks are down, here alone.

import type { Clock } from "@fairlead/runtime";
import { type Marks, memoryMarks } from "@fairlead/stores";

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
        return await shared.claim(key, ttlMs);
      } catch {
        onLocal();
        return true;
      }
    },
  };
}
