// The ledger in PostgreSQL.

import { wholeWithin } from "../bounds.ts";
import type { Ledger } from "../ledger.ts";
import { allLines, timeOf } from "../ledger-question.ts";
import { cleanRows, lineOf, ROW_COLUMNS, rowOf, SUM_NAMES } from "../sql/ledger-columns.ts";
import { pageOf, queryWriter, rowsQuery, usageQuery } from "../sql/ledger-queries.ts";
import type { PostgresLine } from "./line.ts";

/** Rows in one statement; a longer batch is several, each of which may be told twice without harm. */
const APPEND_ROWS = 2_000;

/** The ledger on a line. */
export function postgresLedger(line: PostgresLine): Ledger {
  const write = queryWriter("postgres");
  const append = appendStatement();
  return {
    async append(rows) {
      const clean = cleanRows(rows);
      let fresh = 0;
      for (let at = 0; at < clean.length; at += APPEND_ROWS) {
        const values = [JSON.stringify(clean.slice(at, at + APPEND_ROWS))];
        const [counted] = await line.query({ name: "fairlead_append_2", text: append, values });
        fresh += Number(counted?.fresh);
      }
      return fresh;
    },
    async usage(filter, by) {
      const { sql, parameters } = usageQuery(write, filter, by);
      return allLines(await line.report({ text: sql, values: parameters })).map(lineOf);
    },
    async rows(filter, limit, before) {
      const question = rowsQuery(write, filter, limit, before);
      const found = await line.report({ text: question.sql, values: question.parameters });
      return pageOf(found.map(rowOf), question.limit);
    },
    async expire(before, limit) {
      const most = wholeWithin("limit", limit, 1, 100_000, 1_000);
      const gone = await line.query({
        text: `WITH old AS (SELECT attempt_id FROM fairlead_ledger WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED),
          gone AS (DELETE FROM fairlead_ledger USING old WHERE fairlead_ledger.attempt_id = old.attempt_id RETURNING 1)
          SELECT count(*) AS n FROM gone`,
        values: [timeOf("before", before), most],
      });
      return Number(gone[0]?.n);
    },
  };
}

/**
 * Rows and both sums in one statement, which is one transaction and one round trip. Whoever appends locks rows in the same
 * order (attempts, then hours, then days, each sorted): two instances wait for each other in a line, never in a ring.
 */
function appendStatement(): string {
  const types = { text: "text", int: "bigint", bool: "boolean" };
  const fields = ROW_COLUMNS.map(({ field, kind }) => `"${field}" ${types[kind]}`).join(", ");
  const columns = ROW_COLUMNS.map(({ column }) => column).join(", ");
  const values = ROW_COLUMNS.map(({ field }) => `"${field}"`).join(", ");
  return `WITH fresh AS (
      INSERT INTO fairlead_ledger (${columns}, model)
      SELECT ${values}, coalesce("modelServed", "modelAsked", '') FROM json_to_recordset($1::json) AS told(${fields})
      ORDER BY "attemptId" COLLATE "C"
      ON CONFLICT (attempt_id) DO NOTHING RETURNING *),
    hours AS (${addTo("fairlead_hours", 3_600_000)}),
    days AS (${addTo("fairlead_days", 86_400_000)})
    SELECT count(*) AS fresh FROM fresh`;
}

function addTo(table: string, ms: number): string {
  const dimensions = "project, key_id, model, upstream, coalesce(actor, '')";
  const sums = SUM_NAMES.map(sumOf).join(", ");
  const add = SUM_NAMES.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(", ");
  return `INSERT INTO ${table} (at, project, key_id, model, upstream, actor, ${SUM_NAMES.join(", ")})
    SELECT at - at % ${ms}, ${dimensions}, ${sums} FROM fresh GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (at, project, key_id, model, upstream, actor) DO UPDATE SET ${add}`;
}

function sumOf(name: string): string {
  if (name === "attempts") return "count(*) FILTER (WHERE ended <> 'correction')";
  if (name === "estimated") return "count(*) FILTER (WHERE estimated)";
  if (name === "failed") return "count(*) FILTER (WHERE ended = 'failed')";
  if (name === "unpriced") return "count(*) FILTER (WHERE NOT priced)";
  if (name === "pico_hi") return "sum(pico_usd / 1000000000)";
  if (name === "pico_lo") return "sum(pico_usd % 1000000000)";
  return `sum(${name})`;
}
