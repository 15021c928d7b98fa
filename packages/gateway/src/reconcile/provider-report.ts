// A provider's report of usage and cost, in the shape of Anthropic's usage and cost API.

import { findModel, parseRfc3339, plainModelId } from "@fairlead/protocol";

/** Tokens of one bucket, model and key, as reported. Names as in the API, flat. */
export interface ReportedUsage {
  /** Start of the bucket, Unix milliseconds. */
  readonly at: number;
  readonly model: string | undefined;
  readonly key: string | undefined;
  readonly input: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
  readonly output: number;
  readonly searches: number;
}

/** Cost of one bucket and model, as reported. */
export interface ReportedCost {
  readonly at: number;
  readonly model: string | undefined;
  readonly kind: string | undefined;
  readonly pico: bigint;
}

/** What the provider reports. */
export interface ProviderReport {
  readonly usage: readonly ReportedUsage[];
  readonly cost: readonly ReportedCost[];
  /** What buckets there were, from (inclusive) to (exclusive), Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The longest bucket of usage, milliseconds; 0 when there is none. */
  readonly width: number;
  /** The times that buckets of usage cover, [from, to) in order, apart from each other: elsewhere nothing is known. */
  readonly covered: ReadonlyArray<readonly [from: number, to: number]>;
}

const BRAND = Symbol.for("fairlead.report-error");

/** A report that cannot be read. */
export class ReportError extends Error {
  readonly [BRAND] = true;

  static is(e: unknown): e is ReportError {
    return e instanceof Error && BRAND in e;
  }
}

/** One name for a model on both sides, whichever form of its id each has. */
export function reportedModel(model: string | undefined): string {
  if (model === undefined || model === "") return "-";
  return findModel(model)?.id ?? plainModelId(model);
}

/**
 * Puts the pages of reports together, each with the name of where it came from.
 * @throws ReportError that says what is wrong, and where
 */
export function gatherReport(pages: ReadonlyArray<readonly [unknown, string]>): ProviderReport {
  const usage: ReportedUsage[] = [];
  const cost: ReportedCost[] = [];
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let width = 0;
  const spans: [number, number][] = [];
  for (const [page, where] of pages) {
    const data = (page as { data?: unknown } | null)?.data;
    if (!Array.isArray(data))
      throw new ReportError(`${where} is no usage or cost report: it has no list "data" of buckets`);
    const buckets = data as (Fields | null)[];
    const costs = buckets.some((one) =>
      resultsOf(one).some((result) => (result as Fields | null)?.amount !== undefined),
    );
    for (const bucket of buckets) {
      const at = time(bucket?.starting_at);
      const until = time(bucket?.ending_at);
      if (at === undefined || until === undefined || !Array.isArray(bucket?.results))
        throw new ReportError(`${where} holds a bucket without starting_at, ending_at and results`);
      from = Math.min(from, at);
      to = Math.max(to, until);
      if (!costs) spans.push([at, until]);
      for (const given of bucket.results as unknown[]) {
        const result = (given ?? {}) as Fields;
        if (result.amount === undefined) {
          usage.push(usageOf(result, at));
          width = Math.max(width, until - at);
        } else cost.push(costOf(result, at, where));
      }
    }
  }
  if (from >= to) throw new ReportError("the report holds no bucket: ask for a longer time");
  return { usage, cost, from, to, width, covered: joined(spans) };
}

function resultsOf(bucket: Fields | null): readonly unknown[] {
  return Array.isArray(bucket?.results) ? bucket.results : [];
}

/** Spans that touch as one. */
function joined(spans: readonly [number, number][]): [number, number][] {
  const all: [number, number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

type Fields = { readonly [name: string]: unknown };

function usageOf(result: Fields, at: number): ReportedUsage {
  const written = (result.cache_creation ?? {}) as Fields;
  const tools = (result.server_tool_use ?? {}) as Fields;
  return {
    at,
    model: text(result.model),
    key: text(result.api_key_id),
    input: count(result.uncached_input_tokens),
    write5m: count(written.ephemeral_5m_input_tokens),
    write1h: count(written.ephemeral_1h_input_tokens),
    read: count(result.cache_read_input_tokens),
    output: count(result.output_tokens),
    searches: count(tools.web_search_requests),
  };
}

/** Amounts are decimal text in cents: exact to a pico-dollar with ten digits behind the point. */
function costOf(result: Fields, at: number, where: string): ReportedCost {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(result.amount));
  if (found === null || (result.currency ?? "USD") !== "USD")
    throw new ReportError(
      `${where} holds an amount that is no decimal number of US cents: ${JSON.stringify(result.amount)}`,
    );
  const pico = BigInt(`${found[2]}${(found[3] ?? "").slice(0, 10).padEnd(10, "0")}`);
  return { at, model: text(result.model), kind: text(result.cost_type), pico: found[1] === "-" ? -pico : pico };
}

function time(value: unknown): number | undefined {
  return typeof value === "string" ? parseRfc3339(value) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? Math.trunc(value) : 0;
}
