// What must be remembered: the contracts, and stores in memory. SQLite, PostgreSQL and Redis have entries of their own.

export {
  AUDIT_BEGINNING,
  type Audit,
  type AuditEntry,
  type AuditEvent,
  auditBreak,
  auditHash,
} from "./audit.ts";
export type { Custody, CustodyCursor, CustodyKind, CustodyRow } from "./custody.ts";
export type { Json } from "./json.ts";
export type { Ledger, LedgerFilter, LedgerPage, UsageDimension, UsageLine, UsageSums } from "./ledger.ts";
export type { Ended, LedgerRow } from "./ledger-row.ts";
export {
  GAUGE_TTLS,
  INSTANCE_MS,
  LEAST_LEASE,
  type LimitAnswer,
  type LimitAsk,
  type LimitKind,
  type LimitReply,
  type LimitStore,
  moneyWindow,
  SHORT_SHARE,
  SPARE_REQUESTS,
  SPARE_SHARE,
} from "./limit-store.ts";
export type { Marks } from "./marks.ts";
export { memoryAudit } from "./memory/audit.ts";
export { memoryCustody } from "./memory/custody.ts";
export { memoryLedger } from "./memory/ledger.ts";
export { memoryLimitStore } from "./memory/limit-store.ts";
export { memoryMarks } from "./memory/marks.ts";
export { memoryNotices } from "./memory/notices.ts";
export { memoryRecords } from "./memory/records.ts";
export { memorySeenStore } from "./memory/seen-store.ts";
export type { Notices } from "./notices.ts";
export type { RecordChange, Records, RecordWrite, StoredRecord } from "./records.ts";
export type { SeenBefore, SeenStore } from "./seen-store.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
export { memoryStores, type Stores } from "./stores.ts";
export { addRow, emptySums, type Sums } from "./usage-sums.ts";
