// A provider's report of usage beside the ledger: reading it, and settling estimates by it.

export { type Booking, type BookingOptions, eachRow, settleLedger, summed } from "./booking.ts";
export { type BookingView, bookingView, type CorrectionView } from "./booking-view.ts";
export {
  gatherReport,
  type ProviderReport,
  ReportError,
  type ReportedCost,
  type ReportedUsage,
  reportedModel,
} from "./provider-report.ts";
export type { RefusedCell, Settlement } from "./settlement.ts";
