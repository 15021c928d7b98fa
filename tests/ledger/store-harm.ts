// What a store suffers while gateways write to it: locks, pauses, kills.

import { join } from "node:path";
import Database from "better-sqlite3";
import type { StoreHarm } from "./kill-run.ts";

/** Another process's transaction holds the file's lock for a while. */
export function sqliteHarm(folder: string): StoreHarm {
  return {
    kinds: [
      {
        name: "SQLite locked by somebody else for 400 ms",
        every: 13,
        async run() {
          const db = new Database(join(folder, "ledger.db"), { timeout: 5_000 });
          try {
            db.exec("BEGIN IMMEDIATE");
            await pause(400);
            db.exec("ROLLBACK");
          } catch {
            // The gateway has it: also well.
          } finally {
            db.close();
          }
        },
      },
    ],
  };
}

/** What a test may do to a PostgreSQL. */
export interface HarmedServer {
  pause(): void;
  resume(): void;
  kill(): Promise<void> | void;
  start(): Promise<void>;
}

/** It is stopped, or killed and started again. */
export function postgresHarm(server: HarmedServer): StoreHarm {
  return {
    kinds: [
      {
        name: "PostgreSQL paused for 500 ms",
        every: 13,
        async run() {
          await pause(150);
          server.pause();
          await pause(500);
          server.resume();
        },
      },
      {
        name: "PostgreSQL killed and started again",
        every: 29,
        async run() {
          await pause(150);
          await server.kill();
          await server.start();
        },
      },
    ],
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
