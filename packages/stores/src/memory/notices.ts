// Notices within one process.

import { checkNotice } from "../bounds.ts";
import type { Notices } from "../notices.ts";

/** Tells the listeners of this process, after the current turn. */
export function memoryNotices(): Notices {
  const listeners = new Map<string, Set<(text: string | undefined) => void>>();
  return {
    async publish(topic, text) {
      checkNotice(topic, text);
      await Promise.resolve();
      for (const hear of [...(listeners.get(topic) ?? [])]) hear(text);
    },
    subscribe(topic, hear) {
      let some = listeners.get(topic);
      if (some === undefined) {
        some = new Set();
        listeners.set(topic, some);
      }
      some.add(hear);
      queueMicrotask(() => {
        if (some.has(hear)) hear(undefined);
      });
      return () => some.delete(hear);
    },
  };
}
