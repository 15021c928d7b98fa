// Custody in PostgreSQL.

import type { Clock } from "@fairlead/runtime";
import { limitOf } from "../bounds.ts";
import type { Custody } from "../custody.ts";
import {
  CUSTODY_COLUMNS,
  checkCursor,
  checkCustody,
  checkIds,
  checkKind,
  custodyRowOf,
  RELEASED_MS,
} from "../custody-row.ts";
import { SWEEP_BITE, SWEEP_GRACE_MS } from "../sql/sweep-bounds.ts";
import type { PostgresLine } from "./line.ts";

/** Custody on a line, and its sweeping. */
export function postgresCustody(line: PostgresLine, clock: Clock): Custody & { sweep(): Promise<number> } {
  const wall = () => Math.floor(clock.wall());
  return {
    async put(rows) {
      const checked = checkCustody(rows);
      if (checked.length === 0) return;
      // In one order, so that two that note the same things do not wait for each other.
      const sorted = [...checked].sort((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1));
      await line.query({
        text: `INSERT INTO fairlead_custody (${CUSTODY_COLUMNS})
          SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
          ON CONFLICT (kind, id) DO UPDATE SET project = excluded.project, key_id = excluded.key_id,
          upstream = excluded.upstream, account = excluded.account, at = excluded.at, expires_at = excluded.expires_at,
          released_at = NULL WHERE fairlead_custody.expires_at <= $9`,
        values: [
          sorted.map(({ kind }) => kind),
          sorted.map(({ id }) => id),
          sorted.map(({ project }) => project),
          sorted.map(({ keyId }) => keyId),
          sorted.map(({ upstream }) => upstream),
          sorted.map(({ account }) => account),
          sorted.map(({ at }) => at),
          sorted.map(({ expiresAt }) => expiresAt ?? null),
          wall(),
        ],
      });
    },
    async find(kind, ids) {
      const checked = checkIds(kind, ids);
      if (checked.length === 0) return [];
      const rows = await line.query({
        name: "fairlead_custody_find_1",
        text: `SELECT ${CUSTODY_COLUMNS} FROM fairlead_custody WHERE kind = $1 AND id = ANY($2::text[])
          AND released_at IS NULL AND (expires_at IS NULL OR expires_at > $3)`,
        values: [kind, checked, wall()],
      });
      return rows.map(custodyRowOf);
    },
    async page(project, kind, cursor = {}, limit) {
      checkKind(kind);
      checkCursor(cursor);
      const most = limitOf(limit);
      const id = cursor.after ?? cursor.before;
      let at: unknown;
      if (id !== undefined) {
        const [place] = await line.query({
          text: "SELECT at FROM fairlead_custody WHERE kind = $1 AND id = $2 AND project = $3",
          values: [kind, id, project],
        });
        if (place === undefined) return undefined;
        at = place.at;
      }
      const back = cursor.before !== undefined;
      const beyond = id === undefined ? "" : `AND (at, id) ${back ? ">" : "<"} ($5, $6)`;
      const order = back ? "at ASC, id ASC" : "at DESC, id DESC";
      const rows = await line.query({
        text: `SELECT ${CUSTODY_COLUMNS} FROM fairlead_custody WHERE project = $1 AND kind = $2 AND released_at IS NULL
          AND (expires_at IS NULL OR expires_at > $3) ${beyond} ORDER BY ${order} LIMIT $4`,
        values: [project, kind, wall(), most, ...(id === undefined ? [] : [at, id])],
      });
      const found = rows.map(custodyRowOf);
      return back ? found.reverse() : found;
    },
    async release(kind, id) {
      checkIds(kind, [id]);
      await line.query({
        text: "UPDATE fairlead_custody SET released_at = $1 WHERE kind = $2 AND id = $3 AND released_at IS NULL",
        values: [wall(), kind, id],
      });
    },
    async sweep() {
      const bite = (column: string) => `DELETE FROM fairlead_custody WHERE (kind, id) IN (SELECT kind, id
        FROM fairlead_custody WHERE ${column} <= $1 ORDER BY ${column} LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1 AS one`;
      const now = wall();
      const lapsed = await line.query({ text: bite("expires_at"), values: [now - SWEEP_GRACE_MS, SWEEP_BITE] });
      const gone = await line.query({ text: bite("released_at"), values: [now - RELEASED_MS, SWEEP_BITE] });
      return Math.max(lapsed.length, gone.length);
    },
  };
}
