// What a batch of writes makes of the records that are there: the same arithmetic for every store.

import { checkName } from "./bounds.ts";
import type { RecordChange, RecordWrite, StoredRecord } from "./records.ts";
import { StoreError } from "./store-error.ts";

/** A record as a table holds it. What was removed stays, without a value, so that the feed can tell of it. */
export interface RecordRow {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  /** JSON text; null when it was removed. */
  readonly value: string | null;
  readonly expiresAt: number | null;
  readonly seq: number;
}

/**
 * The columns of a record, named one by one: a statement that was prepared with `*` breaks when a newer version adds a
 * column under it.
 */
export const RECORD_COLUMNS = "kind, id, version, value, expires_at, seq";

/** One key for a kind and an id. */
export function recordKey(kind: string, id: string): string {
  return `${kind}\0${id}`;
}

/** Throws `invalid` for writes that no store could do, before one is asked. Returns them with their values as text. */
export function checkWrites(writes: readonly RecordWrite[]): readonly CheckedWrite[] {
  if (writes.length > 1_000) throw new StoreError("invalid", `${writes.length} writes at once: at most 1,000`);
  return writes.map(({ kind, id, value, expect, expiresAt }) => {
    checkName("the kind of a record", kind);
    checkName("the id of a record", id);
    if (expect !== "any" && !(Number.isSafeInteger(expect) && expect >= 0))
      throw new StoreError("invalid", `${kind} ${id}: expect is ${expect}, give a version, 0 or "any"`);
    if (expiresAt !== undefined && !Number.isFinite(expiresAt))
      throw new StoreError("invalid", `${kind} ${id}: expiresAt is ${expiresAt}, give Unix milliseconds`);
    const text = value === undefined ? null : JSON.stringify(value);
    if (text === undefined || (text !== null && text.length > 1_000_000))
      throw new StoreError("invalid", `${kind} ${id}: its value is no JSON, or longer than 1,000,000 characters`);
    return { kind, id, expect, value: text, expiresAt: expiresAt === undefined ? null : Math.floor(expiresAt) };
  });
}

/** A write that can be done as it stands. */
export interface CheckedWrite {
  readonly kind: string;
  readonly id: string;
  readonly value: string | null;
  readonly expect: number | "any";
  readonly expiresAt: number | null;
}

/**
 * The rows after a batch, one per record, numbered from `seq` + 1; `now` decides what has expired.
 * Throws `conflict` when a record has another version than a write expects.
 */
export function applyWrites(
  writes: readonly CheckedWrite[],
  current: ReadonlyMap<string, RecordRow>,
  now: number,
  seq: number,
): { readonly versions: readonly number[]; readonly rows: readonly RecordRow[] } {
  const alive = (row: RecordRow | undefined) =>
    row !== undefined && row.value !== null && (row.expiresAt === null || row.expiresAt > now) ? row.version : 0;
  for (const { kind, id, expect } of writes) {
    const version = alive(current.get(recordKey(kind, id)));
    if (expect !== "any" && expect !== version)
      throw new StoreError("conflict", `${kind} ${id} is at version ${version}, not ${expect}: read it again`);
  }
  const after = new Map<string, RecordRow>();
  let last = seq;
  const versions = writes.map(({ kind, id, value, expiresAt }) => {
    const key = recordKey(kind, id);
    const version = value === null ? 0 : alive(after.get(key) ?? current.get(key)) + 1;
    after.set(key, { kind, id, version, value, expiresAt: value === null ? null : expiresAt, seq: ++last });
    return version;
  });
  return { versions, rows: [...after.values()] };
}

/** A row as a driver hands it out. */
export function recordRowOf(fetched: Readonly<Record<string, unknown>>): RecordRow {
  return {
    kind: String(fetched.kind),
    id: String(fetched.id),
    version: Number(fetched.version),
    value: fetched.value === null ? null : String(fetched.value),
    expiresAt: fetched.expires_at === null ? null : Number(fetched.expires_at),
    seq: Number(fetched.seq),
  };
}

/** What a row tells at a time; undefined when it is as if it were not there. */
export function storedRecord(row: RecordRow, now: number): StoredRecord | undefined {
  const { kind, id, version, value, expiresAt } = row;
  if (value === null || (expiresAt !== null && expiresAt <= now)) return undefined;
  return { kind, id, version, value: JSON.parse(value), ...(expiresAt !== null && { expiresAt }) };
}

/** The answer of `changes` from rows in the order of `seq`. */
export function changesOf(
  rows: readonly RecordRow[],
  after: number,
  now: number,
): { readonly changes: readonly RecordChange[]; readonly last: number } {
  const changes = rows.map((row) => ({ seq: row.seq, kind: row.kind, id: row.id, record: storedRecord(row, now) }));
  return { changes, last: changes.at(-1)?.seq ?? after };
}

/** The number that `changes` goes on from, checked. */
export function afterOf(after: number): number {
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw new StoreError("invalid", `after is ${after}: give the number of a change, or 0`);
}
