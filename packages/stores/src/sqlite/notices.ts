// Notices between the processes on one SQLite file: a table, looked at a few times a second while somebody listens.

import type { Clock, Timer } from "@fairlead/runtime";
import { checkNotice } from "../bounds.ts";
import type { Notices } from "../notices.ts";
import type { SqliteNews } from "./marks.ts";
import type { SqliteThread } from "./thread.ts";

/** Notices, and the end of the looking. */
export interface SqliteNoticesLine extends Notices {
  close(): void;
}

type Hear = (text: string | undefined) => void;

/** Looks every `everyMs` while there are listeners. */
export function sqliteNoticesLine(thread: SqliteThread, clock: Clock, everyMs: number): SqliteNoticesLine {
  const listeners = new Map<string, Set<Hear>>();
  let last: number | undefined;
  let timer: Timer | undefined;
  let looking = false;
  let closed = false;

  const all = () => [...listeners.values()].flatMap((some) => [...some]);
  const look = async () => {
    if (looking || closed) return;
    looking = true;
    timer?.cancel();
    timer = undefined;
    try {
      if (last === undefined) {
        last = await thread.ask<number>("lastNotice");
        for (const hear of all()) hear(undefined);
      } else {
        const found = await thread.ask<SqliteNews>("noticesAfter", last);
        last = found.last;
        if (found.lost) for (const hear of all()) hear(undefined);
        for (const { topic, text } of found.notices) for (const hear of [...(listeners.get(topic) ?? [])]) hear(text);
      }
    } catch {
      // What was published meanwhile may have been forgotten by then.
      last = undefined;
    } finally {
      looking = false;
    }
    if (!closed && listeners.size > 0) timer = clock.timer(everyMs, () => void look());
    else last = undefined;
  };
  return {
    async publish(topic, text) {
      checkNotice(topic, text);
      await thread.ask("publish", topic, text);
      if (listeners.size > 0) void look();
    },
    subscribe(topic, hear) {
      const some = listeners.get(topic) ?? new Set();
      listeners.set(topic, some);
      some.add(hear);
      if (last === undefined) void look();
      else queueMicrotask(() => some.has(hear) && hear(undefined));
      return () => {
        some.delete(hear);
        if (some.size === 0 && listeners.get(topic) === some) listeners.delete(topic);
      };
    },
    close() {
      closed = true;
      listeners.clear();
      timer?.cancel();
    },
  };
}
