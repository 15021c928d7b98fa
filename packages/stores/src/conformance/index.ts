// One suite for all stores: memory, SQLite, PostgreSQL, and the parts that Redis keeps.

import { AUDIT_CASES } from "./audit-cases.ts";
import type { Case } from "./case.ts";
import { CUSTODY_CASES } from "./custody-cases.ts";
import { LEDGER_CASES } from "./ledger-cases.ts";
import { MARK_CASES } from "./mark-cases.ts";
import { NOTICE_CASES } from "./notice-cases.ts";
import { RECORD_CASES } from "./record-cases.ts";

export { type Case, type Place, refuses, shifted, until } from "./case.ts";
export { madeRow, madeRows } from "./made-rows.ts";

/** The cases by contract. */
export const CASES: {
  readonly [contract in "ledger" | "records" | "audit" | "marks" | "notices" | "custody"]: readonly Case[];
} = {
  ledger: LEDGER_CASES,
  records: RECORD_CASES,
  audit: AUDIT_CASES,
  marks: MARK_CASES,
  notices: NOTICE_CASES,
  custody: CUSTODY_CASES,
};
