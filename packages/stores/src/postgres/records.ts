// Records in PostgreSQL.

import type { Clock } from "@fairlead/runtime";
import { checkName, limitOf } from "../bounds.ts";
import {
  afterOf,
  applyWrites,
  changesOf,
  checkWrites,
  RECORD_COLUMNS,
  recordKey,
  recordRowOf,
  storedRecord,
} from "../record-batch.ts";
import type { Records } from "../records.ts";
import { REMOVED_KEPT_MS, SWEEP_BITE, SWEEP_GRACE_MS } from "../sql/sweep-bounds.ts";
import type { PostgresLine } from "./line.ts";

/** Records on a line, and their sweeping. */
export function postgresRecords(line: PostgresLine, clock: Clock): Records & { sweep(): Promise<number> } {
  return {
    async get(kind, id) {
      checkName("the kind of a record", kind);
      checkName("the id of a record", id);
      const [row] = await line.query({
        name: "fairlead_get_1",
        text: `SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE kind = $1 AND id = $2`,
        values: [kind, id],
      });
      return row === undefined ? undefined : storedRecord(recordRowOf(row), clock.wall());
    },
    async list(kind, after = "", limit) {
      const now = clock.wall();
      const rows = await line.query({
        text: `SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE kind = $1 AND id > $2 AND value IS NOT NULL
          AND (expires_at IS NULL OR expires_at > $3) ORDER BY id LIMIT $4`,
        values: [kind, after, Math.floor(now), limitOf(limit)],
      });
      return rows.flatMap((row) => storedRecord(recordRowOf(row), now) ?? []);
    },
    async write(writes) {
      const checked = checkWrites(writes);
      if (checked.length === 0) return [];
      const kinds = checked.map(({ kind }) => kind);
      const ids = checked.map(({ id }) => id);
      return line.transaction(async (run) => {
        // The counter's row is held until the commit, so that numbers are given in the order of commits: whoever sees a
        // change sees all before it. A sequence would not do that.
        const [counter] = await run({
          text: "UPDATE fairlead_counters SET n = n + $1 WHERE name = 'records' RETURNING n",
          values: [checked.length],
        });
        const found = await run({
          text: "SELECT r.* FROM fairlead_records r JOIN unnest($1::text[], $2::text[]) AS w(kind, id) ON r.kind = w.kind AND r.id = w.id",
          values: [kinds, ids],
        });
        const now = clock.wall();
        const current = new Map(found.map(recordRowOf).map((row) => [recordKey(row.kind, row.id), row]));
        const { versions, rows } = applyWrites(checked, current, now, Number(counter?.n) - checked.length);
        await run({
          text: `INSERT INTO fairlead_records (kind, id, version, value, expires_at, seq, changed_at)
            SELECT *, $7::bigint FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
            ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, value = excluded.value,
            expires_at = excluded.expires_at, seq = excluded.seq, changed_at = excluded.changed_at`,
          values: [
            rows.map(({ kind }) => kind),
            rows.map(({ id }) => id),
            rows.map(({ version }) => version),
            rows.map(({ value }) => value),
            rows.map(({ expiresAt }) => expiresAt),
            rows.map(({ seq }) => seq),
            Math.floor(now),
          ],
        });
        return versions;
      });
    },
    async changes(after, limit) {
      const rows = await line.query({
        name: "fairlead_changes_1",
        text: `SELECT ${RECORD_COLUMNS} FROM fairlead_records WHERE seq > $1 ORDER BY seq LIMIT $2`,
        values: [afterOf(after), limitOf(limit)],
      });
      return changesOf(rows.map(recordRowOf), after, clock.wall());
    },
    async sweep() {
      const now = Math.floor(clock.wall());
      const lapsed = await line.query({
        text: `UPDATE fairlead_records SET value = NULL, version = 0, expires_at = NULL, changed_at = $1 WHERE (kind, id) IN
          (SELECT kind, id FROM fairlead_records WHERE expires_at <= $2 ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED)
          RETURNING 1 AS one`,
        values: [now, now - SWEEP_GRACE_MS, SWEEP_BITE],
      });
      const forgotten = await line.query({
        text: `DELETE FROM fairlead_records WHERE (kind, id) IN
          (SELECT kind, id FROM fairlead_records WHERE value IS NULL AND changed_at < $1 ORDER BY changed_at LIMIT $2
          FOR UPDATE SKIP LOCKED) RETURNING 1 AS one`,
        values: [now - REMOVED_KEPT_MS, SWEEP_BITE],
      });
      return Math.max(lapsed.length, forgotten.length);
    },
  };
}
