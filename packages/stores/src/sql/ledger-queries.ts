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
import type { LedgerFilter, UsageDimension } from "../ledger.ts";
import { StoreError } from "../store-error.ts";
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_LINES = 100_000;

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
  const from = roundDown(filter.from);
  const to = roundDown(filter.to);
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
  return plain(query.limit(sql.lit(MAX_LINES)).compile());
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
  if (filter.from !== undefined) query = query.where("at", ">=", whole("from", filter.from));
  if (filter.to !== undefined) query = query.where("at", "<", whole("to", filter.to));
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

/** Where the next page begins. */
export function cursorOf(row: { readonly at: number; readonly attemptId: string }): string {
  return `${String(row.at).padStart(15, "0")}:${row.attemptId}`;
}

/** Throws `invalid` for what `cursorOf` did not write. */
export function readCursor(text: string): { readonly at: number; readonly attemptId: string } {
  const found = /^(\d{15,16}):([^\0]{1,200})$/.exec(text);
  if (found === null)
    throw new StoreError("invalid", "this is no `next` of a page of the ledger: begin again without it");
  return { at: Number(found[1]), attemptId: found[2] as string };
}

/** Each dimension once. Throws `invalid` for what is none, and for hour and day at once. */
export function checkDimensions(by: readonly UsageDimension[]): readonly UsageDimension[] {
  const unknown = by.find((one) => !KNOWN.includes(one));
  if (unknown !== undefined)
    throw new StoreError("invalid", `usage cannot be asked by "${String(unknown)}": only by ${KNOWN.join(", ")}`);
  if (by.includes("hour") && by.includes("day"))
    throw new StoreError("invalid", "usage can be asked by hour or by day, not by both at once");
  return [...new Set(by)];
}

const KNOWN: readonly UsageDimension[] = ["hour", "day", "project", "key", "model", "upstream", "actor"];

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

function whole(what: string, time: number): number {
  if (!Number.isFinite(time)) throw new StoreError("invalid", `${what} is ${time}: give Unix milliseconds`);
  return Math.trunc(time);
}

function roundDown(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.floor(whole("a bound", time) / HOUR_MS) * HOUR_MS;
}

function plain({ sql: text, parameters }: CompiledQuery): Question {
  return { sql: text, parameters };
}
