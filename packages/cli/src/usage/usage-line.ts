// One line of usage as the command line works with it, from a gateway or from a store.

import type { LedgerFilter, UsageLine } from "@fairlead/stores";

/** What usage can be asked by. */
export const DIMENSIONS = ["hour", "day", "project", "key", "model", "upstream", "actor"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The counts of a line, in the names of the admin API. */
export const COUNTS = [
  "attempts",
  "failed",
  "estimated",
  "unpriced",
  "input_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
  "thinking_tokens",
  "web_search_requests",
  "web_fetch_requests",
] as const;
export type Count = (typeof COUNTS)[number];

/** A line: its dimensions, its counts, its cost in pico-dollars. */
export type Line = Readonly<Record<Count, number>> & {
  /** Start of the hour or day, Unix milliseconds. */
  readonly at?: number | undefined;
  readonly project?: string | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly upstream?: string | undefined;
  readonly actor?: string | undefined;
  readonly pico: bigint;
};

/** What is asked. */
export interface UsageQuestion extends Pick<LedgerFilter, "project" | "model" | "upstream"> {
  readonly from: number;
  readonly to: number;
  readonly key?: string | undefined;
  readonly by: readonly Dimension[];
}

/** A line of a store. */
export function lineOfStore(line: UsageLine): Line {
  return {
    at: line.at,
    project: line.project,
    key: line.keyId,
    model: line.model,
    upstream: line.upstream,
    actor: line.actor,
    attempts: line.attempts,
    failed: line.failed,
    estimated: line.estimated,
    unpriced: line.unpriced,
    input_tokens: line.inputTokens,
    cache_write_5m_tokens: line.cacheWrite5mTokens,
    cache_write_1h_tokens: line.cacheWrite1hTokens,
    cache_read_tokens: line.cacheReadTokens,
    output_tokens: line.outputTokens,
    thinking_tokens: line.thinkingTokens,
    web_search_requests: line.webSearchRequests,
    web_fetch_requests: line.webFetchRequests,
    pico: line.picoUsd,
  };
}

/** The sum of lines. */
export function total(lines: readonly Line[]): Line {
  const sum: Record<Count, number> & { pico: bigint } = { ...NOTHING };
  for (const line of lines) {
    for (const name of COUNTS) sum[name] += line[name];
    sum.pico += line.pico;
  }
  return sum;
}

/** A line of nothing. */
export const NOTHING: Readonly<Record<Count, number>> & { readonly pico: bigint } = {
  attempts: 0,
  failed: 0,
  estimated: 0,
  unpriced: 0,
  input_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  cache_read_tokens: 0,
  output_tokens: 0,
  thinking_tokens: 0,
  web_search_requests: 0,
  web_fetch_requests: 0,
  pico: 0n,
};
