// The columns of the ledger's tables, and what goes into them and comes out.

import { cleanText } from "../clean-text.ts";
import type { UsageLine, UsageSums } from "../ledger.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { StoreError } from "../store-error.ts";

/** A column of `fairlead_ledger`: the row's field, its name, its kind, and the most characters of a text. */
export interface RowColumn {
  readonly field: keyof LedgerRow;
  readonly column: string;
  readonly kind: "text" | "int" | "bool";
  readonly max: number;
}

/** Texts by which sums are kept are shorter: all of them together must fit into an index of PostgreSQL (2,704 bytes). */
const DIMENSION = 128;
const ID = 200;
const TEXT = 1_000;
const LONG = 100_000;

/** Every field of a row, in the order of the table. `model` is the one column that no field has. */
export const ROW_COLUMNS: readonly RowColumn[] = Object.entries({
  attemptId: ["attempt_id", "text", ID],
  requestId: ["request_id", "text", ID],
  attempt: ["attempt", "int"],
  callerRequestId: ["caller_request_id", "text"],
  upstreamRequestId: ["upstream_request_id", "text"],
  messageId: ["message_id", "text"],
  instance: ["instance", "text"],
  at: ["at", "int"],
  project: ["project", "text", DIMENSION],
  keyId: ["key_id", "text", DIMENSION],
  actor: ["actor", "text", DIMENSION],
  session: ["session", "text"],
  route: ["route", "text"],
  stream: ["stream", "bool"],
  modelAsked: ["model_asked", "text", DIMENSION],
  modelServed: ["model_served", "text", DIMENSION],
  upstream: ["upstream", "text", DIMENSION],
  region: ["region", "text"],
  headMs: ["head_ms", "int"],
  firstTokenMs: ["first_token_ms", "int"],
  endMs: ["end_ms", "int"],
  verdict: ["verdict", "text"],
  code: ["code", "text"],
  status: ["status", "int"],
  ended: ["ended", "text"],
  inputTokens: ["input_tokens", "int"],
  cacheWrite5mTokens: ["cache_write_5m_tokens", "int"],
  cacheWrite1hTokens: ["cache_write_1h_tokens", "int"],
  cacheReadTokens: ["cache_read_tokens", "int"],
  outputTokens: ["output_tokens", "int"],
  thinkingTokens: ["thinking_tokens", "int"],
  webSearchRequests: ["web_search_requests", "int"],
  webFetchRequests: ["web_fetch_requests", "int"],
  iterations: ["iterations", "text", LONG],
  serviceTier: ["service_tier", "text"],
  speed: ["speed", "text"],
  inferenceGeo: ["inference_geo", "text"],
  priceRow: ["price_row", "text"],
  picoUsd: ["pico_usd", "int"],
  priced: ["priced", "bool"],
  estimated: ["estimated", "bool"],
} satisfies { [K in keyof Required<LedgerRow>]: [string, RowColumn["kind"], number?] }).map(
  ([field, [column, kind, max = TEXT]]) => ({ field: field as keyof LedgerRow, column, kind, max }),
);

/** The columns of sums that are plain counts, by field. Cost is `pico_hi` (1e9 pico-dollars each) and `pico_lo`. */
export const SUM_COLUMNS = {
  attempts: "attempts",
  estimated: "estimated",
  failed: "failed",
  inputTokens: "input_tokens",
  cacheWrite5mTokens: "cache_write_5m_tokens",
  cacheWrite1hTokens: "cache_write_1h_tokens",
  cacheReadTokens: "cache_read_tokens",
  outputTokens: "output_tokens",
  thinkingTokens: "thinking_tokens",
  webSearchRequests: "web_search_requests",
  webFetchRequests: "web_fetch_requests",
  unpriced: "unpriced",
} as const satisfies { [K in keyof Omit<UsageSums, "picoUsd">]: string };

/** Names of the sums' columns, the cost's two at the end. */
export const SUM_NAMES: readonly string[] = [...Object.values(SUM_COLUMNS), "pico_hi", "pico_lo"];

/**
 * 64 bits hold 9.2 million dollars in pico-dollars. Two columns that are added up apart hold a billion times that, and
 * neither database ever has to add beyond its integers.
 */
export const PICO_HI = 1_000_000_000n;

/** The model that a row is counted under. */
export function modelOf(row: LedgerRow): string {
  return row.modelServed ?? row.modelAsked ?? "";
}

/** Rows as they can be kept: cut, without what a database refuses. Throws `invalid` for what is no row. */
export function cleanRows(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  const [first, ...others] = rows;
  if (first === undefined) return rows;
  const good = cleanRow(first);
  return [good, ...others.map((row) => (fits(row, good) ? row : cleanRow(row)))];
}

/**
 * Whether a row can be kept as it is. Written out field by field: looked up by name it would take several times as long.
 * @param good a row that fits: most texts are the same there, and then need no second look
 */
function fits(row: LedgerRow, good: LedgerRow): boolean {
  return (
    row.attemptId !== "" &&
    isText(row.attemptId, ID) &&
    isText(row.requestId, ID) &&
    isCount(row.attempt) &&
    mayBeText(row.callerRequestId, TEXT) &&
    mayBeText(row.upstreamRequestId, TEXT) &&
    mayBeText(row.messageId, TEXT) &&
    (row.instance === good.instance || isText(row.instance, TEXT)) &&
    isCount(row.at) &&
    (row.project === good.project || isText(row.project, DIMENSION)) &&
    (row.keyId === good.keyId || isText(row.keyId, DIMENSION)) &&
    (row.actor === good.actor || mayBeText(row.actor, DIMENSION)) &&
    (row.session === good.session || mayBeText(row.session, TEXT)) &&
    (row.route === good.route || isText(row.route, TEXT)) &&
    typeof row.stream === "boolean" &&
    (row.modelAsked === good.modelAsked || mayBeText(row.modelAsked, DIMENSION)) &&
    (row.modelServed === good.modelServed || mayBeText(row.modelServed, DIMENSION)) &&
    (row.upstream === good.upstream || isText(row.upstream, DIMENSION)) &&
    (row.region === good.region || mayBeText(row.region, TEXT)) &&
    mayBeCount(row.headMs) &&
    mayBeCount(row.firstTokenMs) &&
    isCount(row.endMs) &&
    (row.verdict === good.verdict || isText(row.verdict, TEXT)) &&
    (row.code === good.code || mayBeText(row.code, TEXT)) &&
    mayBeCount(row.status) &&
    (row.ended === good.ended || isText(row.ended, TEXT)) &&
    isCount(row.inputTokens) &&
    isCount(row.cacheWrite5mTokens) &&
    isCount(row.cacheWrite1hTokens) &&
    isCount(row.cacheReadTokens) &&
    isCount(row.outputTokens) &&
    isCount(row.thinkingTokens) &&
    isCount(row.webSearchRequests) &&
    isCount(row.webFetchRequests) &&
    mayBeText(row.iterations, LONG) &&
    (row.serviceTier === good.serviceTier || mayBeText(row.serviceTier, TEXT)) &&
    (row.speed === good.speed || mayBeText(row.speed, TEXT)) &&
    (row.inferenceGeo === good.inferenceGeo || mayBeText(row.inferenceGeo, TEXT)) &&
    (row.priceRow === good.priceRow || mayBeText(row.priceRow, TEXT)) &&
    isCount(row.picoUsd) &&
    typeof row.priced === "boolean" &&
    typeof row.estimated === "boolean"
  );
}

function isText(value: unknown, max: number): boolean {
  return typeof value === "string" && value.length <= max && cleanText(value, max) === value;
}

function mayBeText(value: unknown, max: number): boolean {
  return value === undefined || isText(value, max);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function mayBeCount(value: unknown): boolean {
  return value === undefined || isCount(value);
}

function cleanRow(row: LedgerRow): LedgerRow {
  let clean: Record<string, unknown> | undefined;
  const { attemptId } = row;
  if (typeof attemptId !== "string" || attemptId === "" || attemptId.length > ID)
    throw new StoreError("invalid", "a row of the ledger has no attemptId of 1 to 200 characters");
  for (const { field, kind, max } of ROW_COLUMNS) {
    const value = row[field];
    if (value === undefined || value === null) {
      if (!OPTIONAL.has(field)) throw wrong(attemptId, field, value);
      continue;
    }
    if (kind === "text") {
      if (typeof value !== "string") throw wrong(attemptId, field, value);
      const text = cleanText(value, max);
      if (text === value) continue;
      clean ??= { ...row };
      clean[field] = text;
    } else if (kind === "bool") {
      if (typeof value !== "boolean") throw wrong(attemptId, field, value);
    } else if (row.ended === "correction" && CORRECTED.has(field) && Number.isSafeInteger(value)) {
      // What was estimated too high is taken off again.
    } else if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      const whole = typeof value === "number" && value >= 0 && field.endsWith("Ms") ? Math.round(value) : Number.NaN;
      if (!Number.isSafeInteger(whole)) throw wrong(attemptId, field, value);
      clean ??= { ...row };
      clean[field] = whole;
    }
  }
  return (clean as LedgerRow | undefined) ?? row;
}

const CORRECTED: ReadonlySet<keyof LedgerRow> = new Set([
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
  "outputTokens",
  "webSearchRequests",
  "picoUsd",
]);

const OPTIONAL: ReadonlySet<keyof LedgerRow> = new Set([
  "callerRequestId",
  "upstreamRequestId",
  "messageId",
  "actor",
  "session",
  "modelAsked",
  "modelServed",
  "region",
  "headMs",
  "firstTokenMs",
  "code",
  "status",
  "iterations",
  "serviceTier",
  "speed",
  "inferenceGeo",
  "priceRow",
]);

function wrong(attemptId: string, field: string, value: unknown): StoreError {
  const what = typeof value === "number" ? String(value) : value === null ? "null" : typeof value;
  return new StoreError("invalid", `the ledger cannot keep the row ${attemptId}: its ${field} is ${what}`);
}

/** What a driver hands out: integers as numbers, bigints or text, booleans as such or as 0 and 1. */
export type Fetched = Readonly<Record<string, unknown>>;

/** A row as it came out of the table. */
export function rowOf(fetched: Fetched): LedgerRow {
  const row: Record<string, unknown> = {};
  for (const { field, column, kind } of ROW_COLUMNS) {
    const value = fetched[column];
    if (value === null || value === undefined) continue;
    if (kind === "text") row[field] = value;
    else if (kind === "int") row[field] = Number(value);
    else row[field] = value === true || Number(value) === 1;
  }
  return row as unknown as LedgerRow;
}

/** A line of usage as it came out of the sums. */
export function lineOf(fetched: Fetched): UsageLine {
  const line: Record<string, unknown> = {};
  if ("at" in fetched) line.at = Number(fetched.at);
  for (const [field, column] of [
    ["project", "project"],
    ["keyId", "key_id"],
    ["model", "model"],
    ["upstream", "upstream"],
    ["actor", "actor"],
  ] as const) {
    if (column in fetched) line[field] = fetched[column];
  }
  for (const [field, column] of Object.entries(SUM_COLUMNS)) line[field] = Number(fetched[column]);
  line.picoUsd = BigInt(String(fetched.pico_hi)) * PICO_HI + BigInt(String(fetched.pico_lo));
  return line as unknown as UsageLine;
}
