// A process that appends rows to a ledger until it is killed: `appender.ts <postgres URL or SQLite file> <prefix>`.
// Prints the number of rows that were acknowledged, a line each time.

import { systemClock } from "@fairlead/runtime";
import { madeRow } from "@fairlead/stores/conformance";
import { openPostgres } from "@fairlead/stores/postgres";
import { openSqlite } from "@fairlead/stores/sqlite";

const BATCH = 20;
const [address = "", prefix = ""] = process.argv.slice(2);
const clock = systemClock();
const stores = address.startsWith("postgres:") ? openPostgres(address, clock) : openSqlite(address, clock);

for (let n = 0; ; n += BATCH) {
  const rows = Array.from({ length: BATCH }, (_, at) => madeRow(`${prefix}_${n + at}`));
  await stores.ledger.append(rows);
  process.stdout.write(`${n + BATCH}\n`);
}
