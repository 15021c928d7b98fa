// The audit log in SQLite, on the worker's side. Triggers of the database refuse changes of the past.

import type { Database } from "better-sqlite3";
import { AUDIT_BEGINNING, type AuditEntry, type AuditEvent } from "../audit.ts";
import { AUDIT_COLUMNS, auditEntryOf, auditValues, entryAfter } from "../sql/audit-row.ts";
import type { Fetched } from "../sql/ledger-columns.ts";

/** What the worker does for the audit log. */
export interface SqliteAudit {
  append(event: AuditEvent): AuditEntry;
  entries(after: number, limit: number): readonly AuditEntry[];
}

/** Prepares its statements on an open, migrated database. */
export function sqliteAudit(db: Database): SqliteAudit {
  const last = db.prepare("SELECT seq, hash FROM fairlead_audit ORDER BY seq DESC LIMIT 1");
  const insert = db.prepare(`INSERT INTO fairlead_audit (${AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const entries = db.prepare(`SELECT ${AUDIT_COLUMNS} FROM fairlead_audit WHERE seq > ? ORDER BY seq LIMIT ?`);
  const append = db.transaction((event: AuditEvent) => {
    const before = last.get() as Fetched | undefined;
    const entry = entryAfter(
      before === undefined ? { seq: 0, hash: AUDIT_BEGINNING } : { seq: Number(before.seq), hash: String(before.hash) },
      event,
    );
    insert.run(auditValues(entry));
    return entry;
  });
  return {
    append: (event) => append.immediate(event),
    entries: (after, limit) => (entries.all(after, limit) as Fetched[]).map(auditEntryOf),
  };
}
