// What was billed, added up by minute and by what a usage report can be grouped by.

import { billedTokens, type Usage } from "@fairlead/protocol";
import type { Bill } from "./bill-book.ts";

/** Minutes that are remembered: two months. The oldest leave first. */
const MOST_CELLS = 100_000;
const MINUTE = 60_000;

/** One cell. Tokens as billed; cost in pico-dollars. */
export interface ReportCell {
  /** Start of the minute, Unix milliseconds. */
  readonly at: number;
  readonly key: string;
  readonly model: string;
  readonly tier: string;
  readonly geo: string;
  input: number;
  write5m: number;
  write1h: number;
  read: number;
  output: number;
  searches: number;
  pico: number;
}

/** The cells. */
export class ReportCells {
  readonly #cells = new Map<string, ReportCell>();

  /** Adds what a bill came to. */
  add(bill: Bill, usage: Usage, pico: number): void {
    const at = Math.floor(bill.at / MINUTE) * MINUTE;
    const tier = usage.serviceTier ?? "standard";
    const geo = usage.inferenceGeo ?? "not_available";
    const id = JSON.stringify([at, bill.key, bill.model, tier, geo]);
    let cell = this.#cells.get(id);
    if (cell === undefined) {
      cell = {
        ...{ at, key: bill.key, model: bill.model, tier, geo },
        ...{ input: 0, write5m: 0, write1h: 0, read: 0, output: 0, searches: 0, pico: 0 },
      };
      this.#cells.set(id, cell);
      if (this.#cells.size > MOST_CELLS) this.#cells.delete(this.#cells.keys().next().value as string);
    }
    const billed = billedTokens(usage);
    cell.input += billed.inputTokens;
    cell.write5m += billed.cacheWrite5mTokens;
    cell.write1h += billed.cacheWrite1hTokens;
    cell.read += billed.cacheReadTokens;
    cell.output += billed.outputTokens;
    cell.searches += usage.webSearchRequests;
    cell.pico += pico;
  }

  /** Those that began in a time, from (inclusive) to (exclusive). */
  within(from: number, to: number): ReportCell[] {
    return [...this.#cells.values()].filter(({ at }) => at >= from && at < to);
  }

  clear(): void {
    this.#cells.clear();
  }
}
