// What a row of the ledger says of usage: the tokens that are billed, and what they cost by the day's prices.

import { billedTokens, costOf, type Prices, priceRowName, type Usage } from "@fairlead/protocol";
import type { LedgerRow } from "@fairlead/stores";

/** The columns of a row that usage decides. */
export type UsageColumns = Pick<
  LedgerRow,
  | "inputTokens"
  | "cacheWrite5mTokens"
  | "cacheWrite1hTokens"
  | "cacheReadTokens"
  | "outputTokens"
  | "thinkingTokens"
  | "webSearchRequests"
  | "webFetchRequests"
  | "iterations"
  | "serviceTier"
  | "speed"
  | "inferenceGeo"
  | "priceRow"
  | "picoUsd"
  | "priced"
>;

/** The columns of an attempt that cost nothing. */
export const NOTHING_USED: UsageColumns = {
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  thinkingTokens: 0,
  webSearchRequests: 0,
  webFetchRequests: 0,
  picoUsd: 0,
  priced: true,
};

/** Longest text of iterations that is kept, characters: some thirty sub-requests. Their sums are kept always. */
const MOST_ITERATIONS = 8_192;

/**
 * The columns of a usage.
 * @param model the model served, or asked for when the answer named none
 * @param at when it was served, Unix milliseconds
 */
export function usageColumns(usage: Usage, model: string | undefined, at: number, prices: Prices): UsageColumns {
  const billed = billedTokens(usage);
  const cost = costOf(usage, model ?? "", { atMs: at, prices });
  const iterations = usage.iterations === undefined ? undefined : JSON.stringify(usage.iterations);
  return {
    inputTokens: billed.inputTokens,
    cacheWrite5mTokens: billed.cacheWrite5mTokens,
    cacheWrite1hTokens: billed.cacheWrite1hTokens,
    cacheReadTokens: billed.cacheReadTokens,
    outputTokens: billed.outputTokens,
    thinkingTokens: usage.thinkingTokens,
    webSearchRequests: usage.webSearchRequests,
    webFetchRequests: usage.webFetchRequests,
    iterations: iterations !== undefined && iterations.length <= MOST_ITERATIONS ? iterations : undefined,
    serviceTier: cleanText(usage.serviceTier, 40),
    speed: cleanText(usage.speed, 40),
    inferenceGeo: cleanText(usage.inferenceGeo, 40),
    priceRow: cost.priceRow === undefined ? undefined : priceRowName(cost.model ?? "", cost.priceRow),
    picoUsd: cost.picoUsd,
    priced: cost.known,
  };
}

const PLAIN = /^[ -~]*$/;

/** Text from outside as a store can hold it: no control characters, no half surrogates, not longer than `most`. */
export function cleanText(text: string | undefined, most = 200): string | undefined {
  if (text === undefined || text === "") return undefined;
  const short = text.length > most ? text.slice(0, most) : text;
  // Almost always there is nothing to do. UTF-8 has no half surrogates.
  return PLAIN.test(short) ? short : Buffer.from(short.replace(/\p{Cc}/gu, "?"), "utf8").toString("utf8");
}
