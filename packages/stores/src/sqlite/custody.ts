// Custody in SQLite, on the worker's side.

import type { Database } from "better-sqlite3";
import type { CustodyCursor, CustodyKind, CustodyRow } from "../custody.ts";
import { CUSTODY_COLUMNS, custodyRowOf, RELEASED_MS } from "../custody-row.ts";
import type { Fetched } from "../sql/ledger-columns.ts";
import { SWEEP_BITE, SWEEP_GRACE_MS } from "../sql/sweep-bounds.ts";

/** What the worker does for custody. `now` is the wall clock of the instance that asks. */
export interface SqliteCustody {
  put(now: number, rows: readonly CustodyRow[]): void;
  find(now: number, kind: CustodyKind, ids: readonly string[]): readonly CustodyRow[];
  page(
    now: number,
    project: string,
    kind: CustodyKind,
    cursor: CustodyCursor,
    limit: number,
  ): readonly CustodyRow[] | undefined;
  release(now: number, kind: CustodyKind, id: string): void;
  /** One bite; returns how many rows it touched. */
  sweep(now: number): number;
}

/** Prepares its statements on an open, migrated database. */
export function sqliteCustody(db: Database): SqliteCustody {
  const alive = "released_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";
  const insert = db.prepare(
    `INSERT INTO fairlead_custody (${CUSTODY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET project = excluded.project, key_id = excluded.key_id,
     upstream = excluded.upstream, account = excluded.account, at = excluded.at, expires_at = excluded.expires_at,
     released_at = NULL WHERE fairlead_custody.expires_at <= ?`,
  );
  const get = db.prepare(`SELECT ${CUSTODY_COLUMNS} FROM fairlead_custody WHERE kind = ? AND id = ? AND ${alive}`);
  const place = db.prepare("SELECT at FROM fairlead_custody WHERE kind = ? AND id = ? AND project = ?");
  const listed = (beyond: string, order: string) =>
    db.prepare(
      `SELECT ${CUSTODY_COLUMNS} FROM fairlead_custody WHERE project = ? AND kind = ? AND ${alive} ${beyond}
       ORDER BY ${order} LIMIT ?`,
    );
  const newest = listed("", "at DESC, id DESC");
  const older = listed("AND (at, id) < (?, ?)", "at DESC, id DESC");
  const newer = listed("AND (at, id) > (?, ?)", "at ASC, id ASC");
  const release = db.prepare(
    "UPDATE fairlead_custody SET released_at = ? WHERE kind = ? AND id = ? AND released_at IS NULL",
  );
  const lapse = db.prepare(
    `DELETE FROM fairlead_custody WHERE (kind, id) IN (SELECT kind, id FROM fairlead_custody
     WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  );
  const forget = db.prepare(
    `DELETE FROM fairlead_custody WHERE (kind, id) IN (SELECT kind, id FROM fairlead_custody
     WHERE released_at IS NOT NULL AND released_at < ? ORDER BY released_at LIMIT ?)`,
  );
  const put = db.transaction((now: number, rows: readonly CustodyRow[]) => {
    for (const { kind, id, project, keyId, upstream, account, at, expiresAt } of rows)
      insert.run(kind, id, project, keyId, upstream, account, at, expiresAt ?? null, Math.floor(now));
  });
  const rowsOf = (fetched: unknown[]) => (fetched as Fetched[]).map(custodyRowOf);
  return {
    put: (now, rows) => void put.immediate(now, rows),
    find: (now, kind, ids) => ids.flatMap((id) => rowsOf(get.all(kind, id, Math.floor(now)))),
    page(now, project, kind, { after, before }, limit) {
      const wall = Math.floor(now);
      const id = after ?? before;
      if (id === undefined) return rowsOf(newest.all(project, kind, wall, limit));
      const at = (place.get(kind, id, project) as { at: bigint } | undefined)?.at;
      if (at === undefined) return undefined;
      if (after !== undefined) return rowsOf(older.all(project, kind, wall, at, id, limit));
      return rowsOf(newer.all(project, kind, wall, at, id, limit)).reverse();
    },
    release: (now, kind, id) => void release.run(Math.floor(now), kind, id),
    sweep: (now) =>
      lapse.run(Math.floor(now) - SWEEP_GRACE_MS, SWEEP_BITE).changes +
      forget.run(Math.floor(now) - RELEASED_MS, SWEEP_BITE).changes,
  };
}
