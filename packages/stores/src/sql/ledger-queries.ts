// The two questions to the ledger whose shape depends on what is asked, compiled for either database.

import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from "kysely";
import { limitOf } from "../bounds.ts";
import type { LedgerFilter, LedgerPage, UsageDimension } from "../ledger.ts";
import { checkDimensions, cursorOf, hourOf, MOST_LINES, readCursor, timeOf } from "../ledger-question.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { SUM_NAMES } from "./ledger-columns.ts";

interface Dimensions {
  readonly at: number;
  readonly project: string;
  readonly key_id: string;
  readonly model: string;
  readonly upstream: string;
}

interface Tables {
  readonly fairlead_ledger: Dimensions & { readonly attempt_id: string; readonly request_id: string };
  readonly fairlead_hours: Dimensions & { readonly actor: string };
  readonly fairlead_days: Dimensions & { readonly actor: string };
}

/** Writes queries; runs none. */
export type QueryWriter = Kysely<Tables>;

/** A question, ready to be run. */
export interface Question {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const DAY_MS = 86_400_000;

/** A writer for one kind of database. */
export function queryWriter(kind: "sqlite" | "postgres"): QueryWriter {
  const driver = { createDriver: () => new DummyDriver() };
  if (kind === "sqlite") {
    return new Kysely<Tables>({
      dialect: {
        ...driver,
        createAdapter: () => new SqliteAdapter(),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    });
  }
  return new Kysely<Tables>({
    dialect: {
      ...driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** Sums by dimensions: from the days when no hour is asked for or in the bounds, else from the hours. */
export function usageQuery(write: QueryWriter, filter: LedgerFilter, by: readonly UsageDimension[]): Question {
  const dimensions = checkDimensions(by);
  const from = hourOf("from", filter.from);
  const to = hourOf("to", filter.to);
  const whole = (time: number | undefined) => time === undefined || time % DAY_MS === 0;
  const daily = !dimensions.includes("hour") && whole(from) && whole(to);
  const day = daily ? sql.ref("at") : sql`at - at % ${sql.lit(DAY_MS)}`;
  const columns = dimensions.map((one) => {
    if (one === "hour") return { name: "at", value: sql.ref("at") };
    if (one === "day") return { name: "at", value: day };
    const name = one === "key" ? "key_id" : one;
    return { name, value: sql.ref(name) };
  });
  let query = write
    .selectFrom(daily ? "fairlead_days" : "fairlead_hours")
    .select(columns.map(({ name, value }) => value.as(name)))
    .select(SUM_NAMES.map((name) => sql`sum(${sql.ref(name)})`.as(name)));
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<", to);
  for (const [column, value] of textFilters(filter)) query = query.where(column, "=", value);
  for (const { value } of columns) query = query.groupBy(value);
  query = query.having(sql`count(*)`, ">", sql.lit(0));
  for (const { value } of columns) query = query.orderBy(value);
  // One more tells that there are too many.
  return plain(query.limit(sql.lit(MOST_LINES + 1)).compile());
}

/** Rows, the newest first, from where a page before ended. One more than asked for, to know whether that is the end. */
export function rowsQuery(
  write: QueryWriter,
  filter: LedgerFilter & { readonly requestId?: string },
  limit: number | undefined,
  before: string | undefined,
): Question & { readonly limit: number } {
  const most = limitOf(limit, 100);
  let query = write.selectFrom("fairlead_ledger").selectAll();
  if (filter.from !== undefined) query = query.where("at", ">=", timeOf("from", filter.from));
  if (filter.to !== undefined) query = query.where("at", "<", timeOf("to", filter.to));
  if (filter.requestId !== undefined) query = query.where("request_id", "=", filter.requestId);
  for (const [column, value] of textFilters(filter)) query = query.where(column, "=", value);
  if (before !== undefined) {
    const { at, attemptId } = readCursor(before);
    query = query.where(sql<boolean>`(at, attempt_id) < (${at}, ${attemptId})`);
  }
  const compiled = query
    .orderBy("at", "desc")
    .orderBy("attempt_id", "desc")
    .limit(sql.lit(most + 1))
    .compile();
  return { ...plain(compiled), limit: most };
}

/** A page from the rows that were found: one more than asked for tells that there is a next one. */
export function pageOf(found: readonly LedgerRow[], limit: number): LedgerPage {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > rows.length && last !== undefined ? cursorOf(last) : undefined };
}

function textFilters(filter: LedgerFilter): readonly (readonly [Exclude<keyof Dimensions, "at">, string])[] {
  const all = [
    ["project", filter.project],
    ["key_id", filter.keyId],
    ["model", filter.model],
    ["upstream", filter.upstream],
  ] as const;
  // What has a NUL in it was never kept; PostgreSQL would refuse the question.
  return all.flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value.replaceAll("\0", "\ufffd")] as const],
  );
}

function plain({ sql: text, parameters }: CompiledQuery): Question {
  return { sql: text, parameters };
}
