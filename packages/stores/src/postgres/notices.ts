// Notices by LISTEN and NOTIFY, on a connection of its own that is looked after and mended.

import type { Clock, Timer } from "@fairlead/runtime";
import pg from "pg";
import { checkNotice } from "../bounds.ts";
import type { Notices } from "../notices.ts";
import type { PostgresLine } from "./line.ts";

const CHANNEL = "fairlead_notices";
const BACKOFF_MS = [50, 100, 200, 400, 800] as const;

type Hear = (text: string | undefined) => void;

/** Notices on a line, and the end of the listening. */
export interface PostgresNotices extends Notices {
  close(): Promise<void>;
}

/** Connects when somebody listens; asks the connection every `beatMs` whether it is still there. */
export function postgresNotices(line: PostgresLine, clock: Clock, beatMs: number): PostgresNotices {
  const listeners = new Map<string, Set<Hear>>();
  let client: pg.Client | undefined;
  let live = false;
  let timer: Timer | undefined;
  let failures = 0;
  let closed = false;

  const wait = (ms: number, run: () => Promise<void>) => {
    timer?.cancel();
    timer = clock.timer(ms, () => void run());
  };
  const lose = (lost: pg.Client) => {
    if (client !== lost) return;
    client = undefined;
    live = false;
    // `end` would wait for an answer of a server that gives none.
    void lost.end().catch(() => {});
    if (closed || listeners.size === 0) return;
    wait(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 800, connect);
    failures += 1;
  };
  const beat = async () => {
    const mine = client;
    if (mine === undefined) return;
    if (listeners.size === 0) return lose(mine);
    try {
      await mine.query("SELECT 1");
      if (client === mine) wait(beatMs, beat);
    } catch {
      lose(mine);
    }
  };
  const connect = async () => {
    if (client !== undefined || closed || listeners.size === 0) return;
    let mine: pg.Client;
    try {
      const settings = await line.settings();
      if (client !== undefined || closed) return;
      mine = new pg.Client(settings);
    } catch {
      wait(1_000, connect);
      return;
    }
    client = mine;
    mine.on("error", () => lose(mine));
    mine.on("end", () => lose(mine));
    mine.on("notification", ({ payload = "" }) => {
      const [, length = "0"] = /^(\d+):/.exec(payload) ?? [];
      const begin = length.length + 1;
      const topic = payload.slice(begin, begin + Number(length));
      const text = payload.slice(begin + Number(length));
      for (const hear of [...(listeners.get(topic) ?? [])]) hear(text);
    });
    try {
      await mine.connect();
      await mine.query(`LISTEN ${CHANNEL}`);
    } catch {
      return lose(mine);
    }
    if (client !== mine) return;
    live = true;
    failures = 0;
    for (const hear of [...listeners.values()].flatMap((some) => [...some])) hear(undefined);
    wait(beatMs, beat);
  };
  return {
    async publish(topic, text) {
      checkNotice(topic, text);
      await line.query({
        name: "fairlead_notify_1",
        text: "SELECT pg_notify($1, $2)",
        values: [CHANNEL, `${topic.length}:${topic}${text}`],
      });
    },
    subscribe(topic, hear) {
      const some = listeners.get(topic) ?? new Set();
      listeners.set(topic, some);
      some.add(hear);
      if (live) queueMicrotask(() => some.has(hear) && hear(undefined));
      else if (client === undefined) void connect();
      return () => {
        some.delete(hear);
        if (some.size === 0 && listeners.get(topic) === some) listeners.delete(topic);
      };
    },
    async close() {
      closed = true;
      listeners.clear();
      timer?.cancel();
      const mine = client;
      client = undefined;
      await mine?.end().catch(() => {});
    },
  };
}
