// What a usage costs, in whole pico-dollars.
import { formatDay } from "./dates.ts";
import type { Model, PriceRow } from "./model.ts";
import { findModel } from "./models.ts";
import { type Tokens, totalInput, type Usage } from "./usage.ts";

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
}

/** A price for a usage. */
export interface Cost {
  /** Whole pico-dollars (1e-12 USD). 0 for an unknown model. Exact up to USD 9000. */
  readonly picoUsd: number;
  /**
   * Whether every part is priced by the table. False for an unknown model, and for fast mode, whose surcharge the table
   * does not have: the standard price then is the least it cost.
   */
  readonly known: boolean;
  /** The row that priced the message's own model, if it is known. */
  readonly priceRow: PriceRow | undefined;
}

/**
 * Prices a usage. A response with `iterations` is priced entry by entry, each by its own model, as a fallback to another
 * model requires; web searches are added at full price.
 */
export function costOf(usage: Usage, modelId: string, options: CostOptions): Cost {
  const day = formatDay(options.atMs);
  const own = findModel(modelId);
  const priceRow = own === undefined ? undefined : priceAt(own, day, totalInput(usage));
  let known = usage.speed !== "fast";
  let tokens = 0;
  for (const part of usage.iterations ?? [usage]) {
    const model = "model" in part && part.model !== undefined ? findModel(part.model) : own;
    if (model === undefined) known = false;
    else tokens += tokenCost(part, priceAt(model, day, totalInput(part)));
  }
  if (options.batch ?? usage.serviceTier === "batch") tokens /= 2;
  if ((options.dataResidencyUs ?? usage.inferenceGeo === "us") || options.regional === true)
    tokens = (tokens * 11) / 10;
  return { picoUsd: Math.round(tokens) + usage.webSearchRequests * PICO_PER_WEB_SEARCH, known, priceRow };
}

/**
 * The row that holds on a day (`YYYY-MM-DD`) for a request with so many input tokens in all: of the rows begun by then,
 * the newest, and among those of one day the highest band that the prompt exceeds. Before the first row, the first.
 */
export function priceAt(model: Model, day: string, inputTokens: number): PriceRow {
  let found: PriceRow | undefined;
  for (const row of model.prices) {
    const over = row.promptOver ?? -1;
    if (row.from > day || inputTokens <= over) continue;
    const newer = found === undefined || row.from > found.from;
    if (newer || (row.from === found?.from && over > (found?.promptOver ?? -1))) found = row;
  }
  return found ?? (model.prices[0] as PriceRow);
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
