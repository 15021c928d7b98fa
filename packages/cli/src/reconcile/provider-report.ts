// A provider's report of usage and cost, in the shape of Anthropic's usage and cost API, from files or from the API.

import { readFileSync } from "node:fs";
import { gatherReport, type ProviderReport, ReportError } from "@fairlead/gateway/reconcile";
import { CliError } from "../cli-error.ts";

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
  return gathered(pages);
}

/** Widths of buckets as the API names them, and how many of them a page may have. */
const WIDTHS = { minute: ["1m", 1_440], hour: ["1h", 168], day: ["1d", 31] } as const;

/** Asks the API for both reports; costs are reported by day only. */
export async function fetchReport(
  base: string,
  key: string,
  period: { readonly from: number; readonly to: number },
  by: keyof typeof WIDTHS,
): Promise<ProviderReport> {
  const [width, limit] = WIDTHS[by];
  const times = `starting_at=${new Date(period.from).toISOString()}&ending_at=${new Date(period.to).toISOString()}`;
  const usage = `/v1/organizations/usage_report/messages?${times}&bucket_width=${width}&group_by[]=model&group_by[]=api_key_id&limit=${limit}`;
  const pages = await all(base, usage, key);
  if (by === "day")
    pages.push(...(await all(base, `/v1/organizations/cost_report?${times}&group_by[]=description&limit=31`, key)));
  return gathered(pages.map((page) => [page, base] as const));
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

function gathered(pages: ReadonlyArray<readonly [unknown, string]>): ProviderReport {
  try {
    return gatherReport(pages);
  } catch (e) {
    throw ReportError.is(e) ? new CliError(e.message) : e;
  }
}
