// Entries of the audit log as tables hold them.

import { type AuditEntry, type AuditEvent, auditHash } from "../audit.ts";
import { StoreError } from "../store-error.ts";
import { cleanText, type Fetched } from "./ledger-columns.ts";

const MAX = 1_000;

/** An event as every database gives it back unchanged, so that its hash holds. Throws `invalid` for what is none. */
export function cleanEvent(event: AuditEvent): AuditEvent {
  if (!Number.isFinite(event.at) || event.at < 0)
    throw new StoreError("invalid", `an audit event happened at ${event.at}: give Unix milliseconds`);
  const detail = event.detail === undefined ? null : JSON.stringify(event.detail);
  if (detail !== null && detail.length > 100_000)
    throw new StoreError("invalid", "the detail of an audit event is longer than 100,000 characters");
  return {
    at: Math.floor(event.at),
    actor: cleanText(event.actor, MAX),
    action: cleanText(event.action, MAX),
    subject: cleanText(event.subject, MAX),
    ...(event.project !== undefined && { project: cleanText(event.project, MAX) }),
    ...(event.from !== undefined && { from: cleanText(event.from, MAX) }),
    ...(detail !== null && { detail: JSON.parse(detail) }),
  };
}

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
