// Settling estimates by a provider's report: looked at by anybody who may write, booked with an audit entry.

import { type BookingOptions, settleLedger, summed } from "../../reconcile/booking.ts";
import { bookingView } from "../../reconcile/booking-view.ts";
import { gatherReport, type ProviderReport, ReportError } from "../../reconcile/provider-report.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import { audited } from "../audited.ts";
import type { RECONCILE_ROUTES } from "../contract/reconcile-routes.ts";
import { type Bench, by, type Handlers, isoTime } from "./handler.ts";

const WIDTHS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The handler. */
export function reconcileHandlers({ rt, services }: Bench): Handlers<keyof typeof RECONCILE_ROUTES> {
  const { ledger, trail } = services;
  return {
    async reconcile({ caller, body }) {
      const report = reportOf(body.report);
      const width = WIDTHS[body.by];
      if (report.width > width) {
        throw wrong(`by: the report has buckets of ${report.width / 60_000} minutes; use a longer one`);
      }
      const { dry_run: dryRun, most, keys } = body;
      const options: BookingOptions = {
        width,
        keys: keys === undefined ? undefined : new Map(Object.entries(keys)),
        prices: services.prices,
        before: body.age_seconds === 0 ? Number.POSITIVE_INFINITY : rt.clock.wall() - body.age_seconds * 1_000,
        most,
        dryRun,
      };
      const period = { from: isoTime(report.from), to: isoTime(report.to) };
      if (dryRun) return { ...period, ...shown(await settleLedger(ledger, report, options), true) };
      const after = { ...period, by: body.by, most, keys: keys ?? null };
      const deed = { action: "ledger.settle.asked", subject: "ledger", after };
      return audited(trail, caller, deed, async () => {
        const booking = await settleLedger(ledger, report, options);
        if (booking.booked > 0) {
          const detail = { ...period, rows: booking.booked, pico_usd: String(summed(booking.corrections)) };
          try {
            await trail.note(by(caller), { action: "ledger.settle", subject: "ledger", detail });
          } catch {
            // The entry before stands, and what is booked is booked.
          }
        }
        return { ...period, ...shown(booking, false) };
      });
    },
  };
}

function shown(...args: Parameters<typeof bookingView>) {
  const { corrections, refused, ...rest } = bookingView(...args);
  return { ...rest, corrections: [...corrections], refused: [...refused] };
}

function reportOf(pages: readonly unknown[]): ProviderReport {
  try {
    return gatherReport(pages.map((page, i) => [page, `report[${i}]`] as const));
  } catch (e) {
    throw ReportError.is(e) ? wrong(e.message) : e;
  }
}

function wrong(problems: string): AdminRefusal {
  return new AdminRefusal("admin_bad_field", { where: "body", problems });
}
