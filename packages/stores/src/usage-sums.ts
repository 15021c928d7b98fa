// The sums of usage lines, as they are added up.

import type { UsageSums } from "./ledger.ts";
import type { LedgerRow } from "./ledger-row.ts";

/** Sums that are still being added to. */
export type Sums = { -readonly [K in keyof UsageSums]: UsageSums[K] };

/** Sums of nothing. */
export function emptySums(): Sums {
  return {
    attempts: 0,
    estimated: 0,
    failed: 0,
    inputTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
    picoUsd: 0n,
    unpriced: 0,
  };
}

/** Adds one row. */
export function addRow(sums: Sums, row: LedgerRow): void {
  // A correction is no attempt.
  if (row.ended !== "correction") sums.attempts += 1;
  if (row.estimated) sums.estimated += 1;
  if (row.ended === "failed") sums.failed += 1;
  sums.inputTokens += row.inputTokens;
  sums.cacheWrite5mTokens += row.cacheWrite5mTokens;
  sums.cacheWrite1hTokens += row.cacheWrite1hTokens;
  sums.cacheReadTokens += row.cacheReadTokens;
  sums.outputTokens += row.outputTokens;
  sums.thinkingTokens += row.thinkingTokens;
  sums.webSearchRequests += row.webSearchRequests;
  sums.webFetchRequests += row.webFetchRequests;
  sums.picoUsd += BigInt(row.picoUsd);
  if (!row.priced) sums.unpriced += 1;
}
