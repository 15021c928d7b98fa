// The audit log in memory: for tests, and for a gateway that keeps nothing.

import { AUDIT_BEGINNING, type Audit, type AuditEntry, auditHash } from "../audit.ts";
import { cleanEvent } from "../audit-event.ts";
import { limitOf } from "../bounds.ts";

/** A log that lives as long as the process. */
export function memoryAudit(): Audit {
  const log: AuditEntry[] = [];
  return {
    async append(told) {
      const event = cleanEvent(told);
      const seq = log.length + 1;
      const previous = log.at(-1)?.hash ?? AUDIT_BEGINNING;
      const entry: AuditEntry = Object.freeze({ ...event, seq, previous, hash: auditHash(seq, previous, event) });
      log.push(entry);
      return entry;
    },
    async entries(after = 0, limit) {
      return log.slice(after, after + limitOf(limit));
    },
  };
}
