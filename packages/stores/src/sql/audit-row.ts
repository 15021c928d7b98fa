// Entries of the audit log as tables hold them.

import { type AuditEntry, type AuditEvent, auditHash } from "../audit.ts";
import type { Fetched } from "./ledger-columns.ts";

/** The entry that follows another. */
export function entryAfter(last: { readonly seq: number; readonly hash: string }, event: AuditEvent): AuditEntry {
  const seq = last.seq + 1;
  return { ...event, seq, previous: last.hash, hash: auditHash(seq, last.hash, event) };
}

/** Values in the order of `AUDIT_COLUMNS`. */
export function auditValues(entry: AuditEntry): readonly (string | number | null)[] {
  const { seq, previous, hash, at, actor, action, subject, project = null, from = null, detail } = entry;
  const text = detail === undefined ? null : JSON.stringify(detail);
  return [seq, previous, hash, at, actor, action, subject, project, from, text];
}

/** The columns of `fairlead_audit`. */
export const AUDIT_COLUMNS = "seq, previous, hash, at, actor, action, subject, project, origin, detail";

/** An entry as a driver hands it out. */
export function auditEntryOf(fetched: Fetched): AuditEntry {
  const { previous, hash, actor, action, subject, project, origin, detail } = fetched;
  return {
    seq: Number(fetched.seq),
    previous: String(previous),
    hash: String(hash),
    at: Number(fetched.at),
    actor: String(actor),
    action: String(action),
    subject: String(subject),
    ...(project !== null && { project: String(project) }),
    ...(origin !== null && { from: String(origin) }),
    ...(detail !== null && { detail: JSON.parse(String(detail)) }),
  };
}
