// Marks in PostgreSQL, by its clock: those of the instances may differ.

import { checkMark } from "../bounds.ts";
import type { Marks } from "../marks.ts";
import { SWEEP_BITE } from "../sql/sweep-bounds.ts";
import type { PostgresLine } from "./line.ts";

const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/** Marks on a line, and their sweeping. */
export function postgresMarks(line: PostgresLine): Marks & { sweep(): Promise<number> } {
  return {
    async claim(key, ttlMs) {
      checkMark(key, ttlMs);
      const claimed = await line.query({
        name: "fairlead_claim_1",
        text: `INSERT INTO fairlead_marks AS m (key, until) VALUES ($1, ${NOW} + $2::bigint)
          ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE m.until <= ${NOW} RETURNING 1 AS one`,
        values: [key, Math.ceil(ttlMs)],
      });
      return claimed.length === 1;
    },
    async sweep() {
      const gone = await line.query({
        text: `DELETE FROM fairlead_marks WHERE key IN
          (SELECT key FROM fairlead_marks WHERE until <= ${NOW} ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED)
          RETURNING 1 AS one`,
        values: [SWEEP_BITE],
      });
      return gone.length;
    },
  };
}
