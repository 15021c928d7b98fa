// The ledger in SQLite, on the worker's side: everything here blocks.

import type { Database } from "better-sqlite3";
import type { UsageLine } from "../ledger.ts";
import type { LedgerRow } from "../ledger-row.ts";
import {
  type Fetched,
  lineOf,
  modelOf,
  PICO_HI,
  ROW_COLUMNS,
  rowOf,
  SUM_COLUMNS,
  SUM_NAMES,
} from "../sql/ledger-columns.ts";
import type { Question } from "../sql/ledger-queries.ts";
import { addRow, emptySums, type Sums } from "../usage-sums.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DIMENSIONS = "at, project, key_id, model, upstream, actor";

/** What the worker does for the ledger. */
export interface SqliteLedger {
  append(rows: readonly LedgerRow[]): number;
  usage(question: Question): readonly UsageLine[];
  rows(question: Question): readonly LedgerRow[];
  expire(before: number, limit: number): number;
}

/** A cell of the sums: where it is, and what is added. */
interface Cell {
  readonly at: number;
  readonly dimensions: readonly string[];
  readonly sums: Sums;
}

/** Prepares its statements on an open, migrated database. */
export function sqliteLedger(db: Database): SqliteLedger {
  const columns = [...ROW_COLUMNS.map(({ column }) => column), "model"];
  const insert = db.prepare(
    `INSERT INTO fairlead_ledger (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
     ON CONFLICT (attempt_id) DO NOTHING`,
  );
  const hours = db.prepare(upsert("fairlead_hours"));
  const days = db.prepare(upsert("fairlead_days"));
  const expire = db.prepare(
    "DELETE FROM fairlead_ledger WHERE rowid IN (SELECT rowid FROM fairlead_ledger WHERE at < ? ORDER BY at LIMIT ?)",
  );
  const append = db.transaction((rows: readonly LedgerRow[]) => {
    const byHour = new Map<string, Cell>();
    const byDay = new Map<string, Cell>();
    let fresh = 0;
    for (const row of rows) {
      if (insert.run(valuesOf(row)).changes === 0) continue;
      fresh += 1;
      const dimensions = [row.project, row.keyId, modelOf(row), row.upstream, row.actor ?? ""];
      addRow(cell(byHour, Math.floor(row.at / HOUR_MS) * HOUR_MS, dimensions).sums, row);
      addRow(cell(byDay, Math.floor(row.at / DAY_MS) * DAY_MS, dimensions).sums, row);
    }
    for (const one of byHour.values()) hours.run(cellValues(one));
    for (const one of byDay.values()) days.run(cellValues(one));
    return fresh;
  });
  return {
    append: (rows) => append.immediate(rows),
    usage: ({ sql, parameters }) => (db.prepare(sql).all(...parameters) as Fetched[]).map(lineOf),
    rows: ({ sql, parameters }) => (db.prepare(sql).all(...parameters) as Fetched[]).map(rowOf),
    expire: (before, limit) => expire.run(before, limit).changes,
  };
}

function upsert(table: string): string {
  return `INSERT INTO ${table} (${DIMENSIONS}, ${SUM_NAMES.join(", ")})
    VALUES (${[...DIMENSIONS.split(", "), ...SUM_NAMES].map(() => "?").join(", ")})
    ON CONFLICT (${DIMENSIONS}) DO UPDATE SET ${SUM_NAMES.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;
}

function valuesOf(row: LedgerRow): readonly unknown[] {
  const values: unknown[] = ROW_COLUMNS.map(({ field, kind }) => {
    const value = row[field];
    if (kind === "bool") return value === true ? 1 : 0;
    // Numbers are bound as REAL where they are no BigInt; the column turns them back as long as they are exact.
    return value ?? null;
  });
  values.push(modelOf(row));
  return values;
}

function cell(cells: Map<string, Cell>, at: number, dimensions: readonly string[]): Cell {
  const key = `${at}\0${dimensions.join("\0")}`;
  let found = cells.get(key);
  if (found === undefined) {
    found = { at, dimensions, sums: emptySums() };
    cells.set(key, found);
  }
  return found;
}

function cellValues({ at, dimensions, sums }: Cell): readonly unknown[] {
  const counts = (Object.keys(SUM_COLUMNS) as (keyof typeof SUM_COLUMNS)[]).map((field) => sums[field]);
  return [at, ...dimensions, ...counts, sums.picoUsd / PICO_HI, sums.picoUsd % PICO_HI];
}
