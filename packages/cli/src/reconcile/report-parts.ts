// A report in parts that a gateway takes in one request each, in the shape of the provider's API.

import type { ProviderReport, ReportedUsage } from "@fairlead/gateway/reconcile";

/** Entries of a part, about 250 bytes each: well below the largest body of the admin address. */
const ENTRIES = 2_000;

/** A page of a report, as the provider's API has it. */
export interface ReportPage {
  readonly [name: string]: unknown;
  readonly data: ReadonlyArray<{ readonly [name: string]: unknown }>;
}

/**
 * The parts, which lie side by side and cover what the report covers: what it says nothing of there is nothing.
 * @param width of the buckets that are settled, milliseconds: none is divided
 */
export function* reportParts(report: ProviderReport, width: number, entries = ENTRIES): Generator<ReportPage> {
  const bucket = (at: number) => Math.floor(at / width) * width;
  const usage = [...report.usage].sort((a, b) => a.at - b.at);
  let { from } = report;
  let part: ReportedUsage[] = [];
  for (const [i, one] of usage.entries()) {
    const before = usage[i - 1];
    if (before !== undefined && part.length >= entries && bucket(before.at) !== bucket(one.at)) {
      yield page(part, from, bucket(one.at), report);
      from = bucket(one.at);
      part = [];
    }
    part.push(one);
  }
  yield page(part, from, report.to, report);
}

function page(
  part: readonly ReportedUsage[],
  from: number,
  to: number,
  { width, covered }: ProviderReport,
): ReportPage {
  const iso = (at: number) => new Date(at).toISOString();
  const all = covered
    .map(([begin, end]) => [Math.max(begin, from), Math.min(end, to)] as const)
    .filter(([begin, end]) => begin < end)
    .map(([begin, end]) => ({ starting_at: iso(begin), ending_at: iso(end), results: [] }));
  const one = (use: ReportedUsage) => ({
    starting_at: iso(use.at),
    ending_at: iso(Math.min(use.at + width, to)),
    results: [
      {
        model: use.model ?? null,
        api_key_id: use.key ?? null,
        uncached_input_tokens: use.input,
        cache_creation: { ephemeral_5m_input_tokens: use.write5m, ephemeral_1h_input_tokens: use.write1h },
        cache_read_input_tokens: use.read,
        output_tokens: use.output,
        server_tool_use: { web_search_requests: use.searches },
      },
    ],
  });
  return { data: [...all, ...part.map(one)] };
}
