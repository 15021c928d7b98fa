// Settles estimates with a provider's report: in a store, or by the admin address of a gateway; and tells of it.

import type { AdminContract, AdminInput } from "@fairlead/gateway";
import {
  type BookingView,
  bookingView,
  eachRow,
  type ProviderReport,
  settleLedger,
  summed,
} from "@fairlead/gateway/reconcile";
import { formatUsd, LISTED_PRICES, type Prices } from "@fairlead/protocol";
import { systemClock } from "@fairlead/runtime";
import { type LedgerRow, StoreError } from "@fairlead/stores";
import { askAdmin } from "../admin/client.ts";
import type { AdminTarget } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import { readConfigFile } from "../config-report.ts";
import type { Terminal } from "../terminal.ts";
import type { Period } from "../usage/period.ts";
import type { Line } from "../usage/usage-line.ts";
import { openStore } from "../usage/usage-source.ts";
import { usdText } from "../usage/usage-text.ts";
import { reportParts } from "./report-parts.ts";

/** What a booking is told. */
export interface BookingOptions {
  /** Nothing is written. */
  readonly dryRun: boolean;
  readonly by: "minute" | "hour" | "day";
  readonly width: number;
  readonly keys: ReadonlyMap<string, string> | undefined;
  /** How long ago a bucket must have ended, milliseconds; 0: it need not have ended. */
  readonly age: number;
  readonly most: number;
  /** The configuration whose prices go before the list. */
  readonly config: string | undefined;
}

/** Works out what a report says beyond estimates, and books it in a store unless it is only to be shown. Throws a CliError. */
export async function bookInStore(
  store: string,
  report: ProviderReport,
  options: BookingOptions,
  terminal: Terminal,
): Promise<BookingView> {
  const prices = await pricesOf(options.config, terminal);
  const clock = systemClock();
  const { width, keys, most, age, dryRun } = options;
  const before = age === 0 ? Number.POSITIVE_INFINITY : clock.wall() - age;
  const stores = await openStore(store, terminal);
  try {
    const booking = await settleLedger(stores.ledger, report, { width, keys, prices, most, before, dryRun });
    if (booking.booked > 0) {
      const iso = (at: number) => new Date(at).toISOString();
      const usd = usdText(summed(booking.corrections));
      const detail = { from: iso(report.from), to: iso(report.to), rows: booking.booked, usd };
      await stores.audit.append({ at: clock.wall(), actor: "cli", action: "ledger.settle", subject: "ledger", detail });
    }
    return bookingView(booking, dryRun);
  } catch (e) {
    if (StoreError.is(e)) throw new CliError(e.message);
    throw e;
  } finally {
    await stores.close();
  }
}

/** A part of a report may take the gateway so long, milliseconds: it reads every row of its time. */
const PART_MS = 300_000;

/** The same by a gateway, with its own prices. Throws a CliError. */
export async function bookByGateway(
  target: AdminTarget,
  report: ProviderReport,
  options: BookingOptions,
): Promise<BookingView> {
  const { by, width, keys, age, most, dryRun } = options;
  const views: BookingView[] = [];
  for (const part of reportParts(report, width)) {
    const body: AdminInput<AdminContract["reconcile"]>["body"] = {
      report: [part],
      by,
      most,
      age_seconds: Math.ceil(age / 1_000),
      dry_run: dryRun,
      ...(keys === undefined ? {} : { keys: Object.fromEntries(keys) }),
    };
    views.push(await askAdmin(target, "reconcile", { body }, PART_MS));
  }
  return {
    dry_run: dryRun,
    booked: views.reduce((sum, { booked }) => sum + booked, 0),
    corrections: views.flatMap(({ corrections }) => corrections),
    refused: views.flatMap(({ refused }) => refused),
  };
}

async function pricesOf(file: string | undefined, terminal: Terminal): Promise<Prices> {
  if (file === undefined) return LISTED_PRICES;
  const config = await readConfigFile(file, terminal);
  if (config === undefined) throw new CliError(`${file} cannot be used: see above`);
  const { priceTable } = await import("@fairlead/gateway");
  return priceTable(config.prices);
}

/** Usage by minutes, model and upstream, from the rows themselves: sums are kept by hours. Throws a CliError. */
export async function minuteLines(store: string, period: Period, terminal: Terminal): Promise<readonly Line[]> {
  const stores = await openStore(store, terminal);
  const lines: Line[] = [];
  try {
    await eachRow(stores.ledger, period, (row) => lines.push(lineOfRow(row)));
  } catch (e) {
    if (StoreError.is(e)) throw new CliError(e.message);
    throw e;
  } finally {
    await stores.close();
  }
  return lines;
}

function lineOfRow(row: LedgerRow): Line {
  return {
    at: row.at,
    model: row.modelServed ?? row.modelAsked,
    upstream: row.upstream,
    attempts: row.ended === "correction" ? 0 : 1,
    failed: row.ended === "failed" ? 1 : 0,
    estimated: row.estimated ? 1 : 0,
    unpriced: row.priced ? 0 : 1,
    input_tokens: row.inputTokens,
    cache_write_5m_tokens: row.cacheWrite5mTokens,
    cache_write_1h_tokens: row.cacheWrite1hTokens,
    cache_read_tokens: row.cacheReadTokens,
    output_tokens: row.outputTokens,
    thinking_tokens: row.thinkingTokens,
    web_search_requests: row.webSearchRequests,
    web_fetch_requests: row.webFetchRequests,
    pico: BigInt(row.picoUsd),
  };
}

/** What was booked, or would be, as lines. */
export function bookingLines({ corrections, refused, booked, dry_run: dryRun }: BookingView): string[] {
  const short = (iso: string) => iso.slice(0, 16).replace("T", " ");
  const signed = (value: number) => (value > 0 ? `+${value}` : String(value));
  const cost = (pico: number) => `${pico > 0 ? "+" : ""}${formatUsd(pico)}`;
  const lines = corrections.map((one) => {
    const input = one.input_tokens + one.cache_write_5m_tokens + one.cache_write_1h_tokens + one.cache_read_tokens;
    const tokens = `input ${signed(input)}, output ${signed(one.output_tokens)}`;
    return `${short(one.at)}  ${one.model ?? "-"}  ${one.project} ${one.key}: ${tokens}, ${cost(Number(one.pico_usd))}`;
  });
  for (const one of refused)
    lines.push(
      `${short(one.at)}  ${one.model}${one.upstream === null ? "" : ` ${one.upstream}`}: not settled, ${one.why}`,
    );
  const told = `${corrections.length} corrections, ${cost(corrections.reduce((sum, one) => sum + Number(one.pico_usd), 0))}`;
  if (corrections.length === 0) lines.push("Nothing to book.");
  else if (dryRun) lines.push(`Would be booked: ${told}. Nothing was written.`);
  else lines.push(`Booked: ${told}${booked < corrections.length ? `, of them ${booked} new` : ""}.`);
  return [...lines, ""];
}

/** The same as data. */
export function bookingJson({ corrections, ...rest }: BookingView): object {
  return {
    ...rest,
    corrections: corrections.map(({ pico_usd, ...one }) => ({ ...one, usd: usdText(BigInt(pico_usd)) })),
  };
}
