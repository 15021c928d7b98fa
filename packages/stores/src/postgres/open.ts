// All that a gateway remembers in one PostgreSQL database.

import type { Clock } from "@fairlead/runtime";
import { wholeWithin } from "../bounds.ts";
import { startSweeper } from "../sql/sweeper.ts";
import type { Stores } from "../stores.ts";
import { postgresAddress } from "./address.ts";
import { postgresAudit } from "./audit.ts";
import { postgresCustody } from "./custody.ts";
import { postgresLedger } from "./ledger.ts";
import { PostgresLine } from "./line.ts";
import { postgresMarks } from "./marks.ts";
import { postgresNotices } from "./notices.ts";
import { postgresRecords } from "./records.ts";

/** How patient the store is. */
export interface PostgresOptions {
  /** Longest wait for a connection, or for a free one of the pool, milliseconds, 50 to 60,000. Default 2,000. */
  readonly connectMs?: number | undefined;
  /** Longest time of one statement, milliseconds, 50 to 600,000. Default 5,000. */
  readonly statementMs?: number | undefined;
  /** Longest time of `usage`, `rows` and a migration, milliseconds, 50 to 3,600,000. Default 30,000. */
  readonly reportMs?: number | undefined;
  /** Connections at most; one more listens for notices. 1 to 100. Default 8. */
  readonly connections?: number | undefined;
  /** How often the listening connection is asked whether it lives, milliseconds, 10 to 600,000. Default 2,000. */
  readonly beatMs?: number | undefined;
  /** How often what has expired is swept, milliseconds, 10 to 86,400,000. Default 60,000. */
  readonly sweepMs?: number | undefined;
}

/**
 * Opens the stores in a database, such as `postgres://user:password@host:5432/database?sslmode=verify-full`. It must be there
 * and its user must be allowed to create tables; the first call creates them. Connects to nothing yet, and back by itself
 * after the server was gone. Throws StoreError `invalid` for an address or option that makes no sense.
 */
export function openPostgres(url: string, clock: Clock, options: PostgresOptions = {}): Stores {
  const sweepMs = wholeWithin("sweepMs", options.sweepMs, 10, 86_400_000, 60_000);
  const beatMs = wholeWithin("beatMs", options.beatMs, 10, 600_000, 2_000);
  const line = new PostgresLine(postgresAddress(url), clock, {
    connectMs: wholeWithin("connectMs", options.connectMs, 50, 60_000, 2_000),
    statementMs: wholeWithin("statementMs", options.statementMs, 50, 600_000, 5_000),
    reportMs: wholeWithin("reportMs", options.reportMs, 50, 3_600_000, 30_000),
    connections: wholeWithin("connections", options.connections, 1, 100, 8),
  });
  const records = postgresRecords(line, clock);
  const custody = postgresCustody(line, clock);
  const marks = postgresMarks(line);
  const notices = postgresNotices(line, clock, beatMs);
  const stopSweeper = startSweeper(clock, sweepMs, async () =>
    Math.max(await records.sweep(), await marks.sweep(), await custody.sweep()),
  );
  return {
    kind: "postgres",
    ledger: postgresLedger(line),
    records,
    audit: postgresAudit(line),
    custody,
    marks,
    notices,
    async ping() {
      await line.query({ text: "SELECT 1", values: [] });
    },
    async close() {
      stopSweeper();
      await notices.close();
      await line.close();
    },
  };
}
