// The ledger of a gateway.

export type { FaultPoint } from "./books.ts";
export { type LedgerFigures, type LedgerService, type LedgerTestOptions, openLedger } from "./open-ledger.ts";
export { priceTable } from "./price-table.ts";
