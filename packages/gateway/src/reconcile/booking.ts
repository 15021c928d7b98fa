// Settles a ledger by a provider's report: reads its rows, works out corrections, books them.

import type { Ledger, LedgerRow } from "@fairlead/stores";
import type { ProviderReport } from "./provider-report.ts";
import { type Settlement, type SettlementOptions, Settler } from "./settlement.ts";

/** How it is booked. */
export interface BookingOptions extends SettlementOptions {
  /** Nothing is written. */
  readonly dryRun: boolean;
}

/** What was done. */
export interface Booking extends Settlement {
  /** Rows that were written: fewer than corrections when another run was quicker. */
  readonly booked: number;
}

const PAGE = 1_000;
const DAY = 86_400_000;

/** Rows of a period, page by page, the newest first. Rejects with a StoreError. */
export async function eachRow(
  ledger: Pick<Ledger, "rows">,
  period: { readonly from: number; readonly to: number },
  hear: (row: LedgerRow) => void,
): Promise<void> {
  const { from, to } = period;
  let before: string | undefined;
  do {
    const page = await ledger.rows({ from, to }, PAGE, before);
    for (const row of page.rows) hear(row);
    before = page.next;
  } while (before !== undefined);
}

/** Works out what a report says beyond estimates, and books it unless it is only to be shown. Rejects with a StoreError. */
export async function settleLedger(
  ledger: Pick<Ledger, "rows" | "append">,
  report: ProviderReport,
  { dryRun, ...options }: BookingOptions,
): Promise<Booking> {
  const settler = new Settler(report, options);
  // From midnight on: there stands what was settled by days.
  const from = Math.floor(report.from / DAY) * DAY;
  await eachRow(ledger, { from, to: report.to }, (row) => settler.add(row));
  const { corrections, refused } = settler.settle();
  const booked = dryRun || corrections.length === 0 ? 0 : await ledger.append(corrections);
  return { corrections, refused, booked };
}

/** What corrections come to, pico-dollars. */
export function summed(corrections: readonly LedgerRow[]): bigint {
  return corrections.reduce((sum, row) => sum + BigInt(row.picoUsd), 0n);
}
