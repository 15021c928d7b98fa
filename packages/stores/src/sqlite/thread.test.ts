// A thread that dies is started again; a migration that dies leaves nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@fairlead/runtime";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrateSqlite } from "./migrations.ts";
import { SqliteThread } from "./thread.ts";

const clock = systemClock();
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-thread-"));
  file = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("starts its thread again when that dies, and says so to those who waited", async () => {
  const thread = new SqliteThread(file, clock, 1_000, 5_000);
  await thread.ask("ping");
  const ends = thread.ask("close");
  const lost = thread.ask("ping");
  await ends;
  await expect(lost).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/its thread ended; the next call starts it again/),
  });
  await thread.ask("ping");
  await thread.close();
  await expect(thread.ask("ping")).rejects.toMatchObject({ code: "unavailable" });
});

it("gives up on a thread that does not answer in time", async () => {
  const other = new Database(file);
  other.exec("BEGIN EXCLUSIVE");
  const thread = new SqliteThread(file, clock, 60_000, 200);
  const began = performance.now();
  await expect(thread.ask("ping")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/no answer within 200 ms/),
  });
  expect(performance.now() - began).toBeLessThan(2_000);
  other.exec("ROLLBACK");
  other.close();
  await expect
    .poll(
      () =>
        thread.ask("ping").then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    )
    .toBe(true);
  await thread.close();
});

it("leaves nothing of a migration that dies halfway, and does what is missing later", () => {
  const db = new Database(file);
  const good = { version: 1, name: "good", statements: ["CREATE TABLE one (n)"] };
  const bad = { version: 2, name: "bad", statements: ["CREATE TABLE two (n)", "CREATE TABLE two (n)"] };
  const tables = () => db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
  expect(() => migrateSqlite(db, file, 0, [good, bad])).toThrow(/already exists/);
  expect(tables()).toEqual([]);
  migrateSqlite(db, file, 0, [good]);
  expect(() => migrateSqlite(db, file, 0, [good, bad])).toThrow(/already exists/);
  expect(tables()).toEqual(["fairlead_migrations", "one"]);
  migrateSqlite(db, file, 0, [good, { ...bad, statements: ["CREATE TABLE two (n)"] }]);
  expect(tables()).toEqual(["fairlead_migrations", "one", "two"]);
  expect(() => migrateSqlite(db, file, 0, [good])).toThrow(/form 2, this version of Fairlead knows 1/);
  db.close();
});
