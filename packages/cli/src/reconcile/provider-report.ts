// A provider's report of usage and cost, in the shape of Anthropic's usage and cost API, from files or from the API.

import { readFileSync } from "node:fs";
import { parseRfc3339 } from "@fairlead/protocol";
import { CliError } from "../cli-error.ts";

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
}

/** How long the API has to answer, milliseconds, and how many pages are read at most. */
const ANSWER_MS = 30_000;
const MOST_PAGES = 500;

/** Reads reports from files; each is one answer of the API, or a list of its pages. Throws a CliError. */
export function readReportFiles(files: readonly string[]): ProviderReport {
  const pages = files.flatMap((file) => {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(file, "utf8"));
    } catch (e) {
      throw new CliError(`cannot read ${file}: ${e instanceof Error ? e.message : String(e)}`);
    }
    return (Array.isArray(value) ? value : [value]).map((page) => [page, file] as const);
  });
  return gather(pages);
}

/** Asks the API for both reports. @param width `1h` or `1d`; costs are reported by day only */
export async function fetchReport(
  base: string,
  key: string,
  period: { readonly from: number; readonly to: number },
  width: "1h" | "1d",
): Promise<ProviderReport> {
  const times = `starting_at=${new Date(period.from).toISOString()}&ending_at=${new Date(period.to).toISOString()}`;
  const usage = `/v1/organizations/usage_report/messages?${times}&bucket_width=${width}&group_by[]=model&group_by[]=api_key_id&limit=${width === "1h" ? 168 : 31}`;
  const pages = await all(base, usage, key);
  if (width === "1d")
    pages.push(...(await all(base, `/v1/organizations/cost_report?${times}&group_by[]=description&limit=31`, key)));
  return gather(pages.map((page) => [page, base] as const));
}

async function all(base: string, path: string, key: string): Promise<unknown[]> {
  const pages: unknown[] = [];
  let next: string | undefined;
  do {
    const url = `${base}${path}${next === undefined ? "" : `&page=${encodeURIComponent(next)}`}`;
    const page = await get(url, key);
    pages.push(page);
    next = page.has_more === true && typeof page.next_page === "string" ? page.next_page : undefined;
  } while (next !== undefined && pages.length < MOST_PAGES);
  return pages;
}

async function get(url: string, key: string): Promise<{ readonly [name: string]: unknown }> {
  const { origin } = new URL(url);
  let answer: Response;
  try {
    const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" };
    answer = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (e) {
    const cause = e instanceof Error ? ((e.cause as Error | undefined)?.message ?? e.message) : String(e);
    throw new CliError(`${origin} does not answer: ${cause}`);
  }
  const text = await answer.text();
  if (answer.status === 401 || answer.status === 403)
    throw new CliError(
      `${origin} refuses the key (${answer.status}): an admin key is needed (sk-ant-admin…), which an organisation's admin makes in the Console`,
    );
  if (!answer.ok) throw new CliError(`${origin} answers ${answer.status}: ${text.slice(0, 300)}`);
  try {
    return JSON.parse(text) as { readonly [name: string]: unknown };
  } catch {
    throw new CliError(`${origin} answers with what is no JSON`);
  }
}

function gather(pages: ReadonlyArray<readonly [unknown, string]>): ProviderReport {
  const usage: ReportedUsage[] = [];
  const cost: ReportedCost[] = [];
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const [page, where] of pages) {
    const data = (page as { data?: unknown } | null)?.data;
    if (!Array.isArray(data))
      throw new CliError(`${where} is no usage or cost report: it has no list "data" of buckets`);
    for (const bucket of data as Fields[]) {
      const at = time(bucket.starting_at);
      const until = time(bucket.ending_at);
      if (at === undefined || until === undefined || !Array.isArray(bucket.results))
        throw new CliError(`${where} holds a bucket without starting_at, ending_at and results`);
      from = Math.min(from, at);
      to = Math.max(to, until);
      for (const result of bucket.results as Fields[]) {
        if (result.amount === undefined) usage.push(usageOf(result, at));
        else cost.push(costOf(result, at, where));
      }
    }
  }
  if (from >= to) throw new CliError("the report holds no bucket: ask for a longer time");
  return { usage, cost, from, to };
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
    throw new CliError(
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
