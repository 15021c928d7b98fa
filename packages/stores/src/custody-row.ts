// What the stores of custody have in common: checks, and rows as tables hold them.

import { checkName } from "./bounds.ts";
import type { CustodyCursor, CustodyRow } from "./custody.ts";
import { StoreError } from "./store-error.ts";

/** The place of what was released is remembered so long, milliseconds. */
export const RELEASED_MS = 86_400_000;

/** The columns of a row, named one by one: see `RECORD_COLUMNS`. */
export const CUSTODY_COLUMNS = "kind, id, project, key_id, upstream, account, at, expires_at";

const MOST = 1_000;

/** Throws `invalid` for rows that no store could keep. Returns them with whole milliseconds, each id once. */
export function checkCustody(rows: readonly CustodyRow[]): readonly CustodyRow[] {
  if (rows.length > MOST) throw new StoreError("invalid", `${rows.length} things at once: at most ${MOST}`);
  const seen = new Map<string, CustodyRow>();
  for (const row of rows) {
    checkKind(row.kind);
    checkName("the id of a thing in custody", row.id);
    checkName("the project of a thing in custody", row.project);
    checkName("the upstream of a thing in custody", row.upstream);
    checkName("the account of a thing in custody", row.account);
    if (row.keyId.length > 200 || row.keyId.includes("\0"))
      throw new StoreError("invalid", `${row.kind} ${row.id}: the key's id must have at most 200 characters`);
    if (!Number.isFinite(row.at) || (row.expiresAt !== undefined && !Number.isFinite(row.expiresAt)))
      throw new StoreError("invalid", `${row.kind} ${row.id}: give its times as Unix milliseconds`);
    const key = `${row.kind}\0${row.id}`;
    const { expiresAt, ...rest } = row;
    const whole = {
      ...rest,
      at: Math.floor(row.at),
      ...(expiresAt !== undefined && { expiresAt: Math.floor(expiresAt) }),
    };
    if (!seen.has(key)) seen.set(key, whole);
  }
  return [...seen.values()];
}

/** Throws `invalid` for what is no kind. */
export function checkKind(kind: string): void {
  if (kind !== "file" && kind !== "batch")
    throw new StoreError("invalid", `a thing in custody is a file or a batch, not ${JSON.stringify(kind)}`);
}

/** Throws `invalid` for a question out of bounds. Returns each id once. */
export function checkIds(kind: string, ids: readonly string[]): readonly string[] {
  checkKind(kind);
  if (ids.length > MOST) throw new StoreError("invalid", `${ids.length} ids at once: at most ${MOST}`);
  for (const id of ids) checkName("the id of a thing in custody", id);
  return [...new Set(ids)];
}

/** Throws `invalid` for a cursor that makes no sense. */
export function checkCursor({ after, before }: CustodyCursor): void {
  if (after !== undefined && before !== undefined)
    throw new StoreError("invalid", "give after or before, not both: a page goes in one direction");
  const id = after ?? before;
  if (id !== undefined) checkName("the id of a thing in custody", id);
}

/** A row as a driver hands it out. */
export function custodyRowOf(fetched: Readonly<Record<string, unknown>>): CustodyRow {
  return {
    kind: fetched.kind === "batch" ? "batch" : "file",
    id: String(fetched.id),
    project: String(fetched.project),
    keyId: String(fetched.key_id),
    upstream: String(fetched.upstream),
    account: String(fetched.account),
    at: Number(fetched.at),
    ...(fetched.expires_at !== null && { expiresAt: Number(fetched.expires_at) }),
  };
}
