// What PostgreSQL and its driver say when they cannot, as a StoreError.

import { StoreError, type StoreErrorCode } from "../store-error.ts";

/** The session does not know a statement that was prepared, knows another one by its name, or has an old plan of it. */
const FORGOTTEN = /^(26000|42P05|0A000)$/;

/**
 * The rows of the table: error codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) and of
 * the system, what they mean for a caller, and what to do.
 */
const MEANINGS: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/^28/, "unavailable", "set the right user and password in its address, and see pg_hba.conf"],
  [/^3D000$/, "unavailable", "create the database, or name another in its address"],
  [/^42501$/, "unavailable", "grant its user the right to create and use tables in this database"],
  [/^(53100|53500)$/, "full", "make room on its disk"],
  [/^53300$/, "unavailable", "raise max_connections, or run fewer instances"],
  [/^57014$/, "unavailable", "the statement took longer than it may: see whether the database is overloaded"],
  [/^55P03$/, "unavailable", "another session holds a lock: see pg_locks"],
  [/^25006$/, "unavailable", "it is a replica that takes no writes: name the primary in its address"],
  [/^(08|40|53|57|58|25P)/, "unavailable", "see that it runs and can be reached; it is tried again by itself"],
  // No constraint of ours can refuse what was checked before (class 23): one that somebody added must not cost rows.
  [/^(22|54)/, "invalid", "what was asked cannot be kept"],
  [/^XX00[12]$/, "unavailable", "the database is damaged: restore it from a backup"],
  [
    /^42P01$/,
    "unavailable",
    "a table is gone: put it back from a backup; where all are gone, they are made anew by the next call",
  ],
  [
    FORGOTTEN,
    "unavailable",
    "the connection is made anew; where a pooler is between, let it pool by session, not by transaction",
  ],
  [
    /^3F000$/,
    "unavailable",
    "its schema is gone, or its user may not use it: restore it, or set search_path for that user",
  ],
  [
    /^55/,
    "unavailable",
    "it does not take this now: see that the database accepts connections; it is tried again by itself",
  ],
  // Nothing here says that what was asked is to blame: whoever has something to keep keeps it until this is put right.
  [
    /^/,
    "unavailable",
    "this is a defect of Fairlead, or somebody changed its tables: put them back; it is tried again by itself",
  ],
];

const OTHERS = "see that it runs and can be reached; it is tried again by itself";

/** The SQLSTATE of an error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" &&
    /^[0-9A-Z]{5}$/.test(code) &&
    (error as { severity?: unknown }).severity !== undefined
    ? code
    : undefined;
}

/** Whether the same transaction may succeed when it is run again at once: a deadlock, or a serialisation failure. */
export function isRepeatable(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
}

/** Whether the connection is to blame and not the statement: none of those that were open before can be trusted. */
export function isLineLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return !(error instanceof StoreError);
  return /^(08|57P|25006)/.test(state) || FORGOTTEN.test(state);
}

/** Whatever was thrown, as a StoreError. The driver's messages name hosts and users, never passwords. */
export function storeErrorOf(error: unknown, name: string): StoreError {
  if (error instanceof StoreError) return error;
  const state = sqlState(error);
  const reason = reasonOf(error);
  const row = state === undefined ? undefined : MEANINGS.find(([pattern]) => pattern.test(state));
  if (row === undefined) return new StoreError("unavailable", `${name} does not answer (${reason}): ${OTHERS}`);
  const [, code, fix] = row;
  return new StoreError(code, `${name}: ${reason} (${state}); ${fix}`);
}

function reasonOf(error: unknown): string {
  // A host with several addresses: one error for each, and no message.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message || error.name : String(error);
}
