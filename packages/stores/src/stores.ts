// All that a gateway remembers, behind one door.

import type { Clock } from "@fairlead/runtime";
import type { Audit } from "./audit.ts";
import type { Custody } from "./custody.ts";
import type { Ledger } from "./ledger.ts";
import type { Marks } from "./marks.ts";
import { memoryAudit } from "./memory/audit.ts";
import { memoryCustody } from "./memory/custody.ts";
import { memoryLedger } from "./memory/ledger.ts";
import { memoryMarks } from "./memory/marks.ts";
import { memoryNotices } from "./memory/notices.ts";
import { memoryRecords } from "./memory/records.ts";
import type { Notices } from "./notices.ts";
import type { Records } from "./records.ts";

/** One store's answer to each contract. Opening connects to nothing: a store that is down is told by the methods. */
export interface Stores {
  /** `memory`, `sqlite` or `postgres`. */
  readonly kind: string;
  readonly records: Records;
  readonly audit: Audit;
  readonly custody: Custody;
  readonly ledger: Ledger;
  readonly marks: Marks;
  readonly notices: Notices;
  /** Resolves when the store answers; rejects with a StoreError. */
  ping(): Promise<void>;
  /** Ends connections and threads. Never rejects. */
  close(): Promise<void>;
}

/** Stores that keep nothing beyond the process. */
export function memoryStores(clock: Clock): Stores {
  return {
    kind: "memory",
    records: memoryRecords(clock),
    audit: memoryAudit(),
    custody: memoryCustody(clock),
    ledger: memoryLedger(),
    marks: memoryMarks(clock),
    notices: memoryNotices(),
    async ping() {},
    async close() {},
  };
}
