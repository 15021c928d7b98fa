// What SQLite and the system say when they cannot, as a StoreError.

import { StoreError, type StoreErrorCode } from "../store-error.ts";

/** Whatever was thrown, as a StoreError. Codes are SQLite's (https://www.sqlite.org/rescode.html) and the system's. */
export function storeErrorOf(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = String((error as { code?: unknown }).code ?? "");
  const reason = error instanceof Error ? error.message : String(error);
  const say = (kind: StoreErrorCode, fix: string) =>
    new StoreError(kind, `sqlite store ${file}: ${reason} (${code || "no code"}); ${fix}`);
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code))
    return say(
      "unavailable",
      "another process holds the file; try again, and use PostgreSQL for more than one machine",
    );
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) return say("full", "make room on the disk");
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return say("unavailable", "the file is damaged or no SQLite file: restore it from a backup");
  if (/^SQLITE_(READONLY|CANTOPEN|IOERR|PERM|AUTH)|^E[A-Z]+$/.test(code))
    return say("unavailable", "see that its folder exists and can be written by this user");
  if (/^SQLITE_(TOOBIG|RANGE|MISMATCH)/.test(code)) return say("invalid", "what was asked cannot be kept");
  // No constraint of ours can refuse what was checked before. Nothing here says that what was asked is to blame: whoever
  // has something to keep keeps it until this is put right.
  return say(
    "unavailable",
    "this is a defect of Fairlead, or somebody changed its tables: put the right file in its place",
  );
}
