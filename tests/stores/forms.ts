// What a store must do across two forms of its tables, whichever database keeps them.

import type { CustodyRow, Stores } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";
import { expect } from "vitest";

const owned = (n: number): CustodyRow => ({
  ...{ kind: "file", id: `file_${n}`, project: "red", keyId: "", upstream: "u", account: "a" },
  at: n,
});

/** Takes the tables back to the form of before, with one record in them; two instances then start on that together. */
export async function upgradeTogether(open: () => Stores, takeBack: () => void | Promise<void>): Promise<void> {
  const before = open();
  await before.records.write([{ kind: "k", id: "a", value: 1, expect: 0 }]);
  await before.close();
  await takeBack();
  const both = [open(), open()];
  await Promise.all(both.map((stores, n) => stores.custody.put([owned(n)])));
  for (const stores of both) {
    expect((await stores.custody.page("red", "file"))?.length).toBe(2);
    expect((await stores.records.get("k", "a"))?.value).toBe(1);
  }
}

/** Uses all tables, adds a column to each as a newer version would, and uses them again. */
export async function useThroughChange(
  stores: Stores,
  change: (sql: readonly string[]) => void | Promise<void>,
): Promise<void> {
  const use = async (n: number) => {
    await stores.ledger.append([madeRow(`att_${n}`)]);
    await stores.records.write([{ kind: "k", id: "a", value: n, expect: n }]);
    await stores.audit.append({ at: n, actor: "cli", action: "a", subject: "s" });
    await stores.marks.claim(`m${n}`, 60_000);
    await stores.custody.put([owned(n)]);
    expect((await stores.custody.page("red", "file"))?.length).toBe(n + 1);
    expect((await stores.records.get("k", "a"))?.value).toBe(n);
    expect((await stores.records.changes(0)).last).toBe(n + 1);
    expect((await stores.ledger.rows({})).rows.length).toBe(n + 1);
    expect((await stores.audit.entries()).length).toBe(n + 1);
  };
  await use(0);
  const tables = ["ledger", "hours", "days", "records", "audit", "marks", "custody"];
  await change([
    ...tables.map((table) => `ALTER TABLE fairlead_${table} ADD COLUMN added text`),
    "INSERT INTO fairlead_migrations VALUES (3, 'added', 0)",
  ]);
  await use(1);
}
