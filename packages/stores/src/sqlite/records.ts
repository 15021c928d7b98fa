// Records in SQLite, on the worker's side.

import type { Database } from "better-sqlite3";
import {
  applyWrites,
  type CheckedWrite,
  changesOf,
  RECORD_COLUMNS,
  type RecordRow,
  recordKey,
  recordRowOf,
  storedRecord,
} from "../record-batch.ts";
import type { RecordChange, StoredRecord } from "../records.ts";
import type { Fetched } from "../sql/ledger-columns.ts";
import { REMOVED_KEPT_MS, SWEEP_BITE, SWEEP_GRACE_MS } from "../sql/sweep-bounds.ts";

/** What the worker does for records. `now` is the wall clock of the instance that asks. */
export interface SqliteRecords {
  get(now: number, kind: string, id: string): StoredRecord | undefined;
  list(now: number, kind: string, after: string, limit: number): readonly StoredRecord[];
  write(now: number, writes: readonly CheckedWrite[]): readonly number[];
  changes(
    now: number,
    after: number,
    limit: number,
  ): { readonly changes: readonly RecordChange[]; readonly last: number };
  /** One bite; returns how many rows it touched. */
  sweep(now: number): number;
}

/** Prepares its statements on an open, migrated database. */
export function sqliteRecords(db: Database): SqliteRecords {
  const get = db.prepare(`SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE kind = ? AND id = ?`);
  const list = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE kind = ? AND id > ? AND value IS NOT NULL
     AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?`,
  );
  const feed = db.prepare(`SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE seq > ? ORDER BY seq LIMIT ?`);
  const counter = db.prepare("SELECT n FROM fairlead_counters WHERE name = 'records'");
  const count = db.prepare("UPDATE fairlead_counters SET n = n + ? WHERE name = 'records'");
  const put = db.prepare(
    `INSERT INTO fairlead_records (kind, id, version, value, expires_at, seq, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, value = excluded.value,
     expires_at = excluded.expires_at, seq = excluded.seq, changed_at = excluded.changed_at`,
  );
  const lapse = db.prepare(
    `UPDATE fairlead_records SET value = NULL, version = 0, expires_at = NULL, changed_at = ? WHERE seq IN
     (SELECT seq FROM fairlead_records WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  );
  const forget = db.prepare(
    `DELETE FROM fairlead_records WHERE seq IN
     (SELECT seq FROM fairlead_records WHERE value IS NULL AND changed_at < ? ORDER BY changed_at LIMIT ?)`,
  );
  const rowAt = (kind: string, id: string): RecordRow | undefined => {
    const found = get.get(kind, id) as Fetched | undefined;
    return found === undefined ? undefined : recordRowOf(found);
  };
  const write = db.transaction((now: number, writes: readonly CheckedWrite[]) => {
    const current = new Map<string, RecordRow>();
    for (const { kind, id } of writes) {
      const row = rowAt(kind, id);
      if (row !== undefined) current.set(recordKey(kind, id), row);
    }
    const seq = Number((counter.get() as { n: bigint }).n);
    const { versions, rows } = applyWrites(writes, current, now, seq);
    count.run(writes.length);
    for (const row of rows) put.run(row.kind, row.id, row.version, row.value, row.expiresAt, row.seq, Math.floor(now));
    return versions;
  });
  return {
    get(now, kind, id) {
      const row = rowAt(kind, id);
      return row === undefined ? undefined : storedRecord(row, now);
    },
    list: (now, kind, after, limit) =>
      (list.all(kind, after, now, limit) as Fetched[]).flatMap((one) => storedRecord(recordRowOf(one), now) ?? []),
    write: (now, writes) => write.immediate(now, writes),
    changes: (now, after, limit) => changesOf((feed.all(after, limit) as Fetched[]).map(recordRowOf), after, now),
    sweep: (now) =>
      lapse.run(Math.floor(now), Math.floor(now) - SWEEP_GRACE_MS, SWEEP_BITE).changes +
      forget.run(now - REMOVED_KEPT_MS, SWEEP_BITE).changes,
  };
}
