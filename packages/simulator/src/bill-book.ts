// The bill book: what each request would have cost, aborted ones with what they had produced.

import { costOf, PICO_PER_USD, readUsage } from "@fairlead/protocol";
import type { UsageMeter } from "./answers/usage-meter.ts";
import { ReportCells } from "./report-cells.ts";

/** One line of the bill. */
export interface Bill {
  readonly requestId: string;
  /** Id of the entry in the request log; 0 for a request of a batch. */
  readonly logId: number;
  readonly region: string;
  /** The last 4 characters of the key. */
  readonly key: string;
  readonly model: string;
  /** Wall clock, ms. */
  readonly at: number;
  /** `open` while it is produced; `aborted` when the answer did not arrive whole, for whatever reason. */
  state: "open" | "complete" | "aborted" | "unbilled";
  /** The API's usage object, as far as it was produced. */
  usage: Record<string, unknown>;
  /** US dollars by the price table; 0 for a model without prices. */
  costUsd: number;
}

/** A generation being billed. */
export interface OpenBill {
  /** Closes it with what the meter says now. */
  settle(state: "complete" | "aborted" | "unbilled"): void;
}

/** The book. Lines are bounded (oldest leave first), totals are not. */
export class BillBook {
  readonly #bills: Bill[] = [];
  readonly #maxEntries: number;
  /** What a usage report tells: all that was billed, by minute. */
  readonly cells = new ReportCells();
  #totals = { requests: 0, aborted: 0, inputTokens: 0, outputTokens: 0, picoUsd: 0 };

  constructor(maxEntries = 10_000) {
    this.#maxEntries = maxEntries;
  }

  /** Begins a line when a generation begins. */
  open(facts: Omit<Bill, "state" | "usage" | "costUsd">, meter: UsageMeter): OpenBill {
    const bill: Bill = { ...facts, state: "open", usage: {}, costUsd: 0 };
    this.#bills.push(bill);
    if (this.#bills.length > this.#maxEntries) this.#bills.shift();
    return {
      settle: (state) => {
        if (bill.state !== "open") return;
        bill.state = state;
        bill.usage = meter.atEnd();
        if (state === "unbilled") return;
        const usage = readUsage(bill.usage);
        const { picoUsd } = costOf(usage, bill.model, { atMs: bill.at });
        bill.costUsd = picoUsd / PICO_PER_USD;
        this.#totals.requests += 1;
        if (state === "aborted") this.#totals.aborted += 1;
        this.#totals.inputTokens +=
          usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
        this.#totals.outputTokens += usage.outputTokens;
        this.#totals.picoUsd += picoUsd;
        this.cells.add(bill, usage, picoUsd);
      },
    };
  }

  /** Lines and totals. Dollars, tokens; `requests` counts billed generations. */
  report(): {
    bills: readonly Bill[];
    total: { requests: number; aborted: number; inputTokens: number; outputTokens: number; costUsd: number };
  } {
    const { picoUsd, ...counts } = this.#totals;
    return { bills: this.#bills, total: { ...counts, costUsd: picoUsd / PICO_PER_USD } };
  }

  clear(): void {
    this.#bills.length = 0;
    this.cells.clear();
    this.#totals = { requests: 0, aborted: 0, inputTokens: 0, outputTokens: 0, picoUsd: 0 };
  }
}
