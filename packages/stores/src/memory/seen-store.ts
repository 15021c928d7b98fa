// Requests seen lately, in this process: for tests and worlds in virtual time.

import type { Clock } from "@fairlead/runtime";
import type { SeenStore } from "../seen-store.ts";

interface Entry {
  /** Undefined: it was answered. */
  readonly holder: string | undefined;
  readonly until: number;
}

/** Keys in this process. They are not swept. */
export function memorySeenStore(clock: Clock): SeenStore {
  const entries = new Map<string, Entry>();
  const now = (key: string) => {
    const one = entries.get(key);
    return one !== undefined && one.until > clock.now() ? one : undefined;
  };
  const hasAnother = (key: string, holder: string) => {
    const one = now(key);
    return one !== undefined && one.holder !== holder;
  };
  return {
    async begin(key, holder, ttlMs) {
      const one = now(key);
      if (one !== undefined) return one.holder === undefined ? "answered" : "under way";
      entries.set(key, { holder, until: clock.now() + ttlMs });
      return undefined;
    },
    async keep(held, ttlMs) {
      for (const [key, holder] of held) {
        if (!hasAnother(key, holder)) entries.set(key, { holder, until: clock.now() + ttlMs });
      }
    },
    async end(key, holder, windowMs) {
      if (hasAnother(key, holder)) return;
      if (windowMs === undefined) entries.delete(key);
      else entries.set(key, { holder: undefined, until: clock.now() + windowMs });
    },
  };
}
