// GET /v1/organizations/usage_report/messages and /v1/organizations/cost_report: what was billed, in buckets, by pages.

import { formatRfc3339, parseRfc3339 } from "@fairlead/protocol";
import { invalid, type Problem } from "../problem.ts";
import type { ReportCell } from "../report-cells.ts";
import type { State } from "../state.ts";
import { refuse } from "../strikes.ts";
import type { Visit } from "./visit.ts";

const MINUTE = 60_000;
/** Widths of buckets with how many a page has: by default, at most (platform.claude.com, "Get Messages Usage Report"). */
const WIDTHS: { readonly [name: string]: { readonly ms: number; readonly usual: number; readonly most: number } } = {
  "1m": { ms: MINUTE, usual: 60, most: 1_440 },
  "1h": { ms: 60 * MINUTE, usual: 24, most: 168 },
  "1d": { ms: 1_440 * MINUTE, usual: 7, most: 31 },
};

interface Buckets {
  /** Starts of the buckets of this page. */
  readonly starts: readonly number[];
  readonly ms: number;
  readonly more: number | undefined;
  readonly by: ReadonlySet<string>;
}

/** Tells usage by buckets of a minute, an hour or a day. */
export async function usageReport(state: State, visit: Visit): Promise<void> {
  const buckets = bucketsOf(state, visit.exchange.query, WIDTHS);
  if ("status" in buckets) return refuse(visit.exchange, buckets);
  const models = visit.exchange.query.getAll("models[]");
  const keys = visit.exchange.query.getAll("api_key_ids[]");
  const wanted = (cell: ReportCell) =>
    (models.length === 0 || models.includes(cell.model)) && (keys.length === 0 || keys.includes(keyId(cell)));
  const fields = {
    model: (cell: ReportCell) => cell.model,
    api_key_id: keyId,
    service_tier: (cell: ReportCell) => cell.tier,
    inference_geo: (cell: ReportCell) => cell.geo,
  };
  const results = (cells: readonly ReportCell[]) =>
    grouped(cells.filter(wanted), buckets.by, fields).map(([names, sum]) => ({
      uncached_input_tokens: sum.input,
      cache_creation: { ephemeral_1h_input_tokens: sum.write1h, ephemeral_5m_input_tokens: sum.write5m },
      cache_read_input_tokens: sum.read,
      output_tokens: sum.output,
      server_tool_use: { web_search_requests: sum.searches },
      workspace_id: null,
      context_window: null,
      ...names,
    }));
  visit.json(200, pageOf(state, buckets, results));
}

/** Tells cost by days: decimal text of US cents. */
export async function costReport(state: State, visit: Visit): Promise<void> {
  const days = { "1d": WIDTHS["1d"] as (typeof WIDTHS)[string] };
  const buckets = bucketsOf(state, visit.exchange.query, days);
  if ("status" in buckets) return refuse(visit.exchange, buckets);
  const described = buckets.by.has("description");
  const results = (cells: readonly ReportCell[]) =>
    grouped(cells, new Set(described ? ["model"] : []), { model: (cell) => cell.model }).map(([names, sum]) => ({
      currency: "USD",
      amount: cents(sum.pico),
      workspace_id: null,
      description: described ? `Claude usage: ${String(names.model)}` : null,
      cost_type: described ? "tokens" : null,
      ...names,
    }));
  visit.json(200, pageOf(state, buckets, results));
}

function bucketsOf(state: State, query: URLSearchParams, widths: typeof WIDTHS): Buckets | Problem {
  const from = parseRfc3339(query.get("starting_at") ?? "");
  if (from === undefined)
    return invalid("starting_at: Field required; it should be a time such as 2026-11-21T00:00:00Z");
  const ending = query.get("ending_at");
  const until = ending === null ? state.runtime.clock.wall() : parseRfc3339(ending);
  if (until === undefined) return invalid("ending_at: Input should be a valid datetime");
  const name = query.get("bucket_width") ?? "1d";
  const width = widths[name];
  if (width === undefined) return invalid(`bucket_width: Input should be one of ${Object.keys(widths).join(", ")}`);
  const limit = Number(query.get("limit") ?? width.usual);
  if (!Number.isInteger(limit) || limit < 1 || limit > width.most)
    return invalid(`limit: Input should be a whole number from 1 to ${width.most}`);
  const page = query.get("page");
  const next = page === null ? undefined : /^page_(\d{1,16})$/.exec(page);
  if (next === null) return invalid("page: This is no page of a report");
  const begin = Math.floor((next === undefined ? from : Number(next[1])) / width.ms) * width.ms;
  const starts: number[] = [];
  for (let at = begin; at < until && starts.length < limit; at += width.ms) starts.push(at);
  const end = begin + starts.length * width.ms;
  return { starts, ms: width.ms, more: end < until ? end : undefined, by: new Set(query.getAll("group_by[]")) };
}

function pageOf(state: State, { starts, ms, more }: Buckets, results: (cells: readonly ReportCell[]) => unknown[]) {
  return {
    data: starts.map((at) => ({
      starting_at: formatRfc3339(at),
      ending_at: formatRfc3339(at + ms),
      results: results(state.bills.cells.within(at, at + ms)),
    })),
    has_more: more !== undefined,
    next_page: more === undefined ? null : `page_${more}`,
  };
}

const SUMS = ["input", "write5m", "write1h", "read", "output", "searches", "pico"] as const;
type Sums = Record<(typeof SUMS)[number], number>;

/** Sums by the fields that were asked for; a field that was not is null in the answer. */
function grouped(
  cells: readonly ReportCell[],
  by: ReadonlySet<string>,
  fields: { readonly [name: string]: (cell: ReportCell) => string },
): Array<[{ readonly [name: string]: string | null }, Sums]> {
  const found = new Map<string, [{ readonly [name: string]: string | null }, Sums]>();
  for (const cell of cells) {
    const names = Object.fromEntries(
      Object.entries(fields).map(([name, of]) => [name, by.has(name) ? of(cell) : null]),
    );
    const id = JSON.stringify(names);
    const [, sums] = found.get(id) ?? [];
    if (sums === undefined) found.set(id, [names, { ...cell }]);
    else for (const name of SUMS) sums[name] += cell[name];
  }
  return [...found.values()];
}

function keyId({ key }: ReportCell): string {
  return `apikey_${key}`;
}

/** Pico-dollars as decimal text of cents. */
function cents(pico: number): string {
  const digits = String(pico).padStart(11, "0");
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
}
