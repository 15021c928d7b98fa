// What a usage costs, in whole pico-dollars.
import { formatDay } from "./dates.ts";
import type { PriceRow } from "./model.ts";
import { findModel } from "./models.ts";
import { billedTokens, type Tokens, totalInput, type Usage } from "./usage.ts";

/** Pico-dollars (1e-12 USD) to a dollar. A price of 1 USD per million tokens is 1e6 pico-dollars a token. */
export const PICO_PER_USD = 1e12;

/** USD 10 for 1000 web searches (protocol reference 6.2). */
const PICO_PER_WEB_SEARCH = 1e10;

/** What else a price depends on. */
export interface CostOptions {
  /** When the request was served, Unix milliseconds: picks the dated price. */
  readonly atMs: number;
  /** Half price for the tokens. Default: whether the usage's service tier is `batch`. */
  readonly batch?: boolean;
  /** 1.1 times for `inference_geo: us`. Default: whether the usage says so. */
  readonly dataResidencyUs?: boolean;
  /** 1.1 times for a regional profile of Bedrock or a regional or multi-region endpoint of Vertex. Default false. */
  readonly regional?: boolean;
  /** Where prices are looked up. Default: the table of models. */
  readonly prices?: Prices;
}

/** Prices by model. */
export interface Prices {
  /** The model that an id means, and its rows; undefined when there are none. */
  of(modelId: string): Priced | undefined;
}

/** A model with prices. */
export interface Priced {
  readonly id: string;
  /** Never empty. */
  readonly prices: readonly PriceRow[];
}

/** The prices of the table of models. */
export const LISTED_PRICES: Prices = { of: findModel };

/** A price for a usage. */
export interface Cost {
  /** Whole pico-dollars (1e-12 USD). 0 for an unknown model. Exact up to USD 9000. */
  readonly picoUsd: number;
  /**
   * Whether every part is priced by a row. False for an unknown model; for fast mode without a row of its own, where the
   * standard price is the least it cost; and for the priority tier, which is paid by commitment and not by the list.
   */
  readonly known: boolean;
  /** The row that priced the message's own model, if it is known. */
  readonly priceRow: PriceRow | undefined;
  /** The id under which that model stands in the table. */
  readonly model: string | undefined;
}

/**
 * Prices a usage. A response with `iterations` is priced entry by entry, each by its own model, as a fallback to another
 * model requires; web searches are added at full price.
 */
export function costOf(usage: Usage, modelId: string, options: CostOptions): Cost {
  const day = formatDay(options.atMs);
  const prices = options.prices ?? LISTED_PRICES;
  const fast = usage.speed === "fast";
  const own = prices.of(modelId);
  const priceRow = own === undefined ? undefined : priceAt(own, day, totalInput(usage), fast);
  let known = usage.serviceTier !== "priority";
  let tokens = 0;
  const billed = usage.iterations !== undefined && billedTokens(usage) !== usage ? usage.iterations : [usage];
  for (const part of billed) {
    const model = "model" in part && part.model !== undefined ? prices.of(part.model) : own;
    if (model === undefined) {
      known = false;
      continue;
    }
    const row = priceAt(model, day, totalInput(part), fast);
    if (fast && row.speed !== "fast") known = false;
    tokens += tokenCost(part, row);
  }
  if (options.batch ?? usage.serviceTier === "batch") tokens /= 2;
  if ((options.dataResidencyUs ?? usage.inferenceGeo === "us") || options.regional === true)
    tokens = (tokens * 11) / 10;
  const picoUsd = Math.round(tokens) + usage.webSearchRequests * PICO_PER_WEB_SEARCH;
  return { picoUsd: Math.min(picoUsd, Number.MAX_SAFE_INTEGER), known, priceRow, model: own?.id };
}

/** The name of a price row in the ledger: `model@YYYY-MM-DD`, then `>N` for a band and `fast` for that mode. */
export function priceRowName(model: string, row: PriceRow): string {
  const band = row.promptOver === undefined ? "" : `>${row.promptOver}`;
  return `${model}@${row.from}${band}${row.speed === undefined ? "" : `:${row.speed}`}`;
}

/**
 * The row that holds on a day (`YYYY-MM-DD`) for a request with so many input tokens in all: of the rows begun by then,
 * the newest, and among those of one day the highest band that the prompt exceeds. Before the first row, the first. In
 * fast mode the rows of that mode, as long as one of them holds.
 */
export function priceAt(model: Priced, day: string, inputTokens: number, fast = false): PriceRow {
  const found = newest(model.prices, day, inputTokens, fast ? "fast" : undefined);
  return found ?? newest(model.prices, day, inputTokens, undefined) ?? (model.prices[0] as PriceRow);
}

function newest(
  rows: readonly PriceRow[],
  day: string,
  inputTokens: number,
  speed: "fast" | undefined,
): PriceRow | undefined {
  let found: PriceRow | undefined;
  for (const row of rows) {
    const over = row.promptOver ?? -1;
    if (row.speed !== speed || row.from > day || inputTokens <= over) continue;
    const newer = found === undefined || row.from > found.from;
    if (newer || (row.from === found?.from && over > (found?.promptOver ?? -1))) found = row;
  }
  return found;
}

function tokenCost(tokens: Tokens, row: PriceRow): number {
  return (
    tokens.inputTokens * pico(row.input) +
    tokens.cacheWrite5mTokens * pico(row.cacheWrite5m) +
    tokens.cacheWrite1hTokens * pico(row.cacheWrite1h) +
    tokens.cacheReadTokens * pico(row.cacheRead) +
    tokens.outputTokens * pico(row.output)
  );
}

/** Whole pico-dollars a token; rounding removes the dust of binary fractions such as 0.1 * 1.25. */
function pico(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e6);
}

/**
 * Prints an amount in dollars for people: cents from 1 dollar on, at least two significant digits below, never
 * scientific (`$12.34`, `$0.0031`, `$0.00`).
 */
export function formatUsd(picoUsd: number): string {
  const usd = Math.abs(picoUsd) / PICO_PER_USD;
  const sign = picoUsd < 0 ? "-" : "";
  if (usd === 0 || usd >= 1) return `${sign}$${usd.toFixed(2)}`;
  const digits = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(usd))));
  return `${sign}$${usd.toFixed(digits)}`;
}
