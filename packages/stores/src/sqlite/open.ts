// All that a gateway remembers in one SQLite file.

import { resolve } from "node:path";
import type { Clock } from "@fairlead/runtime";
import { cleanEvent } from "../audit-event.ts";
import { checkMark, checkName, limitOf, wholeWithin } from "../bounds.ts";
import { checkCursor, checkCustody, checkIds, checkKind } from "../custody-row.ts";
import type { UsageLine } from "../ledger.ts";
import { allLines, timeOf } from "../ledger-question.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { afterOf, checkWrites } from "../record-batch.ts";
import { cleanRows } from "../sql/ledger-columns.ts";
import { pageOf, queryWriter, rowsQuery, usageQuery } from "../sql/ledger-queries.ts";
import { startSweeper } from "../sql/sweeper.ts";
import { StoreError } from "../store-error.ts";
import type { Stores } from "../stores.ts";
import { sqliteNoticesLine } from "./notices.ts";
import { SqliteThread } from "./thread.ts";

/** How patient the store is. */
export interface SqliteOptions {
  /** Longest wait for another process that writes to the file, milliseconds, 0 to 60,000. Default 5,000. */
  readonly busyMs?: number | undefined;
  /** Longest wait for an answer of the thread, milliseconds, 100 to 600,000. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How often it looks for notices of other processes, milliseconds, 10 to 10,000. Default 250. */
  readonly noticeMs?: number | undefined;
  /** How often what has expired is swept, milliseconds, 10 to 86,400,000. Default 60,000. */
  readonly sweepMs?: number | undefined;
}

/** Rows in one transaction; a longer batch is several, each of which may be told twice without harm. */
const APPEND_ROWS = 5_000;

/**
 * Opens the stores in a file, which is made by the first call when it is not there; its folder must be. The file is held by
 * a thread of its own, with WAL and `synchronous = FULL`: what was acknowledged is on the disk. Several processes of one
 * machine may use one file. Throws StoreError `invalid` for options out of bounds; all else is told by the methods.
 */
export function openSqlite(file: string, clock: Clock, options: SqliteOptions = {}): Stores {
  if (file === "" || file.includes("\0")) throw new StoreError("invalid", "the SQLite store needs the path of a file");
  const busyMs = wholeWithin("busyMs", options.busyMs, 0, 60_000, 5_000);
  const timeoutMs = wholeWithin("timeoutMs", options.timeoutMs, 100, 600_000, 30_000);
  const noticeMs = wholeWithin("noticeMs", options.noticeMs, 10, 10_000, 250);
  const sweepMs = wholeWithin("sweepMs", options.sweepMs, 10, 86_400_000, 60_000);
  const thread = new SqliteThread(resolve(file), clock, busyMs, timeoutMs);
  const queries = queryWriter("sqlite");
  const notices = sqliteNoticesLine(thread, clock, noticeMs);
  const stopSweeper = startSweeper(clock, sweepMs, () => thread.ask<number>("sweep"));
  return {
    kind: "sqlite",
    ledger: {
      async append(rows) {
        const clean = cleanRows(rows);
        let fresh = 0;
        for (let at = 0; at < clean.length; at += APPEND_ROWS)
          fresh += await thread.ask<number>("append", JSON.stringify(clean.slice(at, at + APPEND_ROWS)));
        return fresh;
      },
      usage: async (filter, by) =>
        allLines(await thread.ask<readonly UsageLine[]>("usage", usageQuery(queries, filter, by))),
      async rows(filter, limit, before) {
        const question = rowsQuery(queries, filter, limit, before);
        return pageOf(await thread.ask<readonly LedgerRow[]>("rows", question), question.limit);
      },
      async expire(before, limit) {
        return thread.ask("expire", timeOf("before", before), wholeWithin("limit", limit, 1, 100_000, 1_000));
      },
    },
    records: {
      async get(kind, id) {
        checkName("the kind of a record", kind);
        checkName("the id of a record", id);
        return thread.ask("get", kind, id);
      },
      list: async (kind, after = "", limit) => thread.ask("list", kind, after, limitOf(limit)),
      async write(writes) {
        const checked = checkWrites(writes);
        return checked.length === 0 ? [] : thread.ask("write", checked);
      },
      changes: async (after, limit) => thread.ask("changes", afterOf(after), limitOf(limit)),
    },
    audit: {
      append: async (event) => thread.ask("auditAppend", cleanEvent(event)),
      entries: async (after = 0, limit) => thread.ask("auditEntries", afterOf(after), limitOf(limit)),
    },
    custody: {
      async put(rows) {
        const checked = checkCustody(rows);
        if (checked.length > 0) await thread.ask("custodyPut", checked);
      },
      find: async (kind, ids) => thread.ask("custodyFind", kind, checkIds(kind, ids)),
      async page(project, kind, cursor = {}, limit) {
        checkKind(kind);
        checkCursor(cursor);
        return thread.ask("custodyPage", project, kind, cursor, limitOf(limit));
      },
      async release(kind, id) {
        checkIds(kind, [id]);
        await thread.ask("custodyRelease", kind, id);
      },
    },
    marks: {
      async claim(key, ttlMs) {
        checkMark(key, ttlMs);
        return thread.ask("claim", key, ttlMs);
      },
    },
    notices,
    ping: () => thread.ask("ping"),
    async close() {
      stopSweeper();
      notices.close();
      await thread.close();
    },
  };
}
