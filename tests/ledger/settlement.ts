// Compares what a ledger holds with what an upstream billed, attempt by attempt.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import type { LedgerRow } from "@fairlead/stores";
import { openStore } from "./kill-store.ts";
import { type BilledAttempt, readBill } from "./scripted-upstream.ts";

/** What a comparison found. */
export interface Verdict {
  /** Attempts that the upstream saw, and rows of the ledger. */
  readonly billed: number;
  readonly rows: number;
  /** Attempts without a row, and rows beyond one for an attempt. */
  readonly lost: number;
  readonly double: number;
  /** Rows of attempts that a process was killed on before the upstream saw them. */
  readonly unseen: number;
  /** Settled rows, those whose tokens differ from the bill, and by how many tokens in all. */
  readonly settled: number;
  readonly wrong: number;
  readonly drift: number;
  /** Rows that are marked as estimated: their tokens, and those of the bill, of crashed ones and of the others. */
  readonly crashed: Estimated;
  readonly aborted: Estimated;
  /** Rows that were shipped again and changed nothing. */
  readonly shippedTwice: number;
  /** Whether the sums of the ledger are those of its rows. */
  readonly sumsHold: boolean;
  /** Folders that are left in the spool: 0 when everything was handed over. */
  readonly leftInSpool: number;
}

/** Tokens of estimated rows, input and output. */
export interface Estimated {
  rows: number;
  told: number;
  billed: number;
}

/** Reads both and compares. */
export async function compare(store: string, billFile: string, data: string): Promise<Verdict> {
  const { attempts, notes } = readBill(billFile);
  const stores = await openStore(store, systemRuntime().clock);
  const seen = new Map<string, number>();
  const crashed: Estimated = { rows: 0, told: 0, billed: 0 };
  const aborted: Estimated = { rows: 0, told: 0, billed: 0 };
  const sums = { attempts: 0, input: 0, output: 0, pico: 0n };
  let unseen = 0;
  let settled = 0;
  let wrong = 0;
  let drift = 0;
  try {
    for (let before: string | undefined, more = true; more; ) {
      const page = await stores.ledger.rows({}, 1_000, before);
      for (const row of page.rows) {
        sums.attempts += 1;
        sums.input += row.inputTokens;
        sums.output += row.outputTokens;
        sums.pico += BigInt(row.picoUsd);
        const key = `${row.requestId}#${row.attempt}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
        const bill = attempts.get(key);
        if (bill === undefined) {
          if (row.ended === "crashed") unseen += 1;
          else wrong += 1;
        } else if (row.estimated) count(row.ended === "crashed" ? crashed : aborted, row, bill);
        else {
          settled += 1;
          const off = difference(row, bill);
          if (off !== 0) wrong += 1;
          drift += off;
        }
      }
      before = page.next;
      more = before !== undefined;
    }
    const [all] = await stores.ledger.usage({}, []);
    return {
      billed: attempts.size,
      rows: sums.attempts,
      lost: [...attempts.keys()].filter((key) => !seen.has(key)).length,
      double: [...seen.values()].reduce((sum, times) => sum + times - 1, 0),
      unseen,
      settled,
      wrong,
      drift,
      crashed,
      aborted,
      shippedTwice: notes.reduce((sum, note) => sum + Number(/^twice (\d+)$/.exec(note)?.[1] ?? 0), 0),
      sumsHold:
        all?.attempts === sums.attempts &&
        all.inputTokens === sums.input &&
        all.outputTokens === sums.output &&
        all.picoUsd === sums.pico,
      leftInSpool: readdirSync(join(data, "spool")).length,
    };
  } finally {
    await stores.close();
  }
}

/** By how many tokens a row differs from the bill, over all kinds. */
function difference(row: LedgerRow, bill: BilledAttempt): number {
  return (
    Math.abs(row.inputTokens - bill.input) +
    Math.abs(row.cacheReadTokens - bill.cacheRead) +
    Math.abs(row.cacheWrite5mTokens + row.cacheWrite1hTokens - bill.cacheWrite) +
    Math.abs(row.outputTokens - bill.output)
  );
}

function count(into: Estimated, row: LedgerRow, bill: BilledAttempt): void {
  into.rows += 1;
  into.told +=
    row.inputTokens + row.cacheReadTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens + row.outputTokens;
  into.billed += bill.input + bill.cacheRead + bill.cacheWrite + bill.output;
}
