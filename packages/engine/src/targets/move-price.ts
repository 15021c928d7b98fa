// What it costs to move a conversation: its prompt cache is written anew elsewhere; and whether waiting costs less.

import { findModel, formatDay, priceAt } from "@fairlead/protocol";

/** The price of a move. */
export interface MovePrice {
  /** Tokens of the prompt that are cached where the conversation is now. */
  readonly tokens: number;
  /** What it costs to write them into the cache elsewhere instead of reading them here, US dollars. */
  readonly usd: number;
  /** False when the model is not in the table of prices: then `usd` is 0. */
  readonly known: boolean;
  /** Why it cannot move at all, in words; undefined when it can. */
  readonly bound: string | undefined;
}

/**
 * Prices a move: cached tokens · (write − read) · price of a token, by the model's row on that day and for a prompt of
 * that length. `hour` takes the write price of one-hour cache entries.
 * @param wallMs the day, Unix milliseconds
 * @param bound why the history cannot move, when it cannot
 */
export function movePrice(
  model: string | undefined,
  cachedTokens: number,
  wallMs: number,
  bound: string | undefined = undefined,
  hour = false,
): MovePrice {
  const tokens = Math.max(0, cachedTokens);
  const found = model === undefined ? undefined : findModel(model);
  if (found === undefined) return { tokens, usd: 0, known: false, bound };
  const row = priceAt(found, formatDay(wallMs), tokens);
  const write = hour ? row.cacheWrite1h : row.cacheWrite5m;
  return { tokens, usd: (tokens * (write - row.cacheRead)) / 1e6, known: true, bound };
}

/**
 * Whether to wait `waitMs` where the conversation is or to move it: it stays when it cannot move, and when the time
 * is worth no more than the move costs.
 * @param valueOfTimePerSecond what a second of the caller's time is worth, US dollars
 */
export function stayOrMove(waitMs: number, price: MovePrice, valueOfTimePerSecond: number): "stay" | "move" {
  if (price.bound !== undefined) return "stay";
  return (waitMs / 1_000) * valueOfTimePerSecond <= price.usd ? "stay" : "move";
}
