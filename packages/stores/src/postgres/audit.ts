// The audit log in PostgreSQL. Triggers of the database refuse changes of the past.

import { AUDIT_BEGINNING, type Audit, type AuditEntry } from "../audit.ts";
import { cleanEvent } from "../audit-event.ts";
import { limitOf } from "../bounds.ts";
import { afterOf } from "../record-batch.ts";
import { AUDIT_COLUMNS, auditEntryOf, auditValues, entryAfter } from "../sql/audit-row.ts";
import { StoreError } from "../store-error.ts";
import type { PostgresLine } from "./line.ts";

const TRIES = 200;

/**
 * The log on a line. An entry is made for the place behind the last one, and takes it only if nobody else did meanwhile:
 * no lock is held between statements, so that an instance that stops in between holds up nobody.
 */
export function postgresAudit(line: PostgresLine): Audit {
  // One at a time from this instance, so that it never gets in its own way.
  let turn: Promise<unknown> = Promise.resolve();
  const append = async (event: Parameters<Audit["append"]>[0]): Promise<AuditEntry> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const [last] = await line.query({
        name: "fairlead_audit_last_1",
        text: "SELECT seq, hash FROM fairlead_audit ORDER BY seq DESC LIMIT 1",
        values: [],
      });
      const entry = entryAfter(
        last === undefined ? { seq: 0, hash: AUDIT_BEGINNING } : { seq: Number(last.seq), hash: String(last.hash) },
        event,
      );
      const [taken] = await line.query({
        name: "fairlead_audit_append_1",
        text: `INSERT INTO fairlead_audit (${AUDIT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
          ON CONFLICT (seq) DO NOTHING RETURNING seq`,
        values: auditValues(entry),
      });
      if (taken !== undefined) return entry;
    }
    throw new StoreError("unavailable", `${line.name}: too many append to the audit log at once; try again`);
  };
  return {
    append(event) {
      const mine = turn.then(() => append(cleanEvent(event)));
      turn = mine.catch(() => {});
      return mine;
    },
    async entries(after = 0, limit) {
      const rows = await line.query({
        text: `SELECT ${AUDIT_COLUMNS} FROM fairlead_audit WHERE seq > $1 ORDER BY seq LIMIT $2`,
        values: [afterOf(after), limitOf(limit)],
      });
      return rows.map(auditEntryOf);
    },
  };
}
