// Tests of the ledger in memory beyond what every ledger must do: how much it keeps, and that rows come out as they went in.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { madeRow, madeRows } from "../conformance/index.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { openSqlite } from "../sqlite/index.ts";
import { memoryLedger } from "./ledger.ts";

const ids = async (ledger: ReturnType<typeof memoryLedger>) =>
  (await ledger.rows({}, 1_000)).rows.map(({ attemptId }) => attemptId);
const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => madeRow(`att_${from + i}`, { at: 1_000 + from + i }));

test.each([1, 3, 8, 100])("the newest %i rows are kept, the sums of all", async (keep) => {
  const ledger = memoryLedger(keep);
  for (let from = 0; from < 250; from += 7) await ledger.append(many(from, Math.min(250, from + 7)));
  const newest = Array.from({ length: keep }, (_, i) => `att_${249 - i}`);
  expect(await ids(ledger)).toEqual(newest);
  expect((await ledger.usage({}, []))[0]?.attempts).toBe(250);
});

test.each(["memory", "sqlite"])(
  "usage in more lines than there may be is refused, not cut: %s",
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), "lines-"));
    const stores = kind === "sqlite" ? openSqlite(join(folder, "lines.db"), systemRuntime().clock) : undefined;
    const ledger = stores?.ledger ?? memoryLedger(10);
    const actors = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => madeRow(`att_${from + i}`, { actor: `a${from + i}` }));
    for (let from = 0; from < 100_000; from += 5_000) await ledger.append(actors(from, from + 5_000));
    expect(await ledger.usage({}, ["actor"])).toHaveLength(100_000);
    await ledger.append(actors(100_000, 100_001));
    await expect(ledger.usage({}, ["actor"])).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("more than 100000 lines"),
    });
    await stores?.close();
    rmSync(folder, { recursive: true, force: true });
  },
  60_000,
);

test("a row that is kept is not taken twice, in whichever page it stands", async () => {
  const ledger = memoryLedger(100);
  await ledger.append(many(0, 100));
  expect(await ledger.append(many(0, 110))).toBe(10);
  expect(await ids(ledger)).toHaveLength(100);
});

test("rows come out as they went in, odd and long texts included", async () => {
  const rows: LedgerRow[] = [
    ...madeRows("packed", 300),
    madeRow("att_odd", {
      session: "",
      callerRequestId: "naïve 名前 🦜",
      project: "団体",
      iterations: "[1]\n\u0001",
      code: "",
    }),
    madeRow("att_long", { iterations: "é".repeat(99_999) }),
    madeRow("att_after", { region: "eu", headMs: 0, status: 0 }),
  ];
  const ledger = memoryLedger(400);
  await ledger.append(rows);
  const byId = new Map((await ledger.rows({}, 1_000)).rows.map((row) => [row.attemptId, row]));
  expect(byId.size).toBe(rows.length);
  for (const row of rows) {
    const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
    expect(byId.get(row.attemptId)).toEqual(given);
  }
});

test("a row that was removed for its age may come again, and is there once", async () => {
  const ledger = memoryLedger(100);
  await ledger.append(many(0, 20));
  expect(await ledger.expire(1_005, 100)).toBe(5);
  expect(await ids(ledger)).toHaveLength(15);
  expect(await ledger.append(many(0, 20))).toBe(5);
  expect(await ids(ledger)).toHaveLength(20);
});
