// What only SQLite has to prove: a file, processes that share it, a thread that may die, and its form.

import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@fairlead/runtime";
import { auditBreak, StoreError, type StoreErrorCode, type Stores } from "@fairlead/stores";
import { madeRow, madeRows, shifted } from "@fairlead/stores/conformance";
import { openSqlite, type SqliteOptions } from "@fairlead/stores/sqlite";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { upgradeTogether, useThroughChange } from "./forms.ts";
import { checkAfterKill, killAppender } from "./killed-appender.ts";

const clock = systemClock();
let folder: string;
let file: string;
let opened: Stores[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-sqlite-"));
  file = join(folder, "store.db");
  opened = [];
});
afterEach(async () => {
  for (const stores of opened) await stores.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: SqliteOptions = {}, own: Clock = clock, path = file): Stores {
  const stores = openSqlite(path, own, options);
  opened.push(stores);
  return stores;
}

async function refused(code: StoreErrorCode, work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect((error as StoreError).code).toBe(code);
  return (error as StoreError).message;
}

it("keeps what it acknowledged when processes are killed in the middle, and counts nothing double", async () => {
  const [a, b] = await Promise.all([killAppender(file, "a", 6), killAppender(file, "b", 9)]);
  const c = await killAppender(file, "c", 3);
  const stores = open();
  await checkAfterKill(stores, "a", a);
  await checkAfterKill(stores, "b", b);
  await checkAfterKill(stores, "c", c);
  const [sums] = await stores.ledger.usage({}, []);
  expect(sums?.attempts).toBe(a + b + c + 60);
  expect(sums?.inputTokens).toBe(10 * (a + b + c + 60));
});

it("leaves nothing of what has expired on the disk, neither in the file nor in its log", async () => {
  let ahead = 0;
  const stores = open(
    { sweepMs: 20 },
    shifted(clock, () => ahead),
  );
  const samples = Array.from(
    { length: 20 },
    (_, n) => `sample-${n}-${"the prompt that was sampled ".repeat(n * 30 + 1)}`,
  );
  const expiresAt = Math.floor(clock.wall()) + 60_000;
  await stores.records.write(
    samples.map((prompt, n) => ({ kind: "sample", id: `att_${n}`, value: { prompt }, expect: "any", expiresAt })),
  );
  await stores.records.write([{ kind: "key", id: "stays", value: { prompt: "kept" }, expect: "any" }]);
  const onDisk = () => [file, `${file}-wal`].map((one) => readFileSync(one, "latin1")).join("");
  expect(onDisk()).toContain("the prompt that was sampled");
  ahead = 3 * 60_000;
  await expect.poll(onDisk, { timeout: 5_000 }).not.toContain("that was sampled");
  expect(onDisk()).toContain("kept");
  expect(await stores.records.list("sample")).toEqual([]);
});

it("is readable by its owner alone, with write-ahead log and full synchronisation", async () => {
  await open().ping();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const db = new Database(file);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.prepare("SELECT typeof(at) AS at, typeof(pico_hi) AS hi FROM fairlead_hours").all()).toEqual([]);
  db.close();
});

it("keeps integers as integers", async () => {
  await open().ledger.append(madeRows("kinds", 50));
  const db = new Database(file);
  for (const table of ["fairlead_ledger", "fairlead_hours", "fairlead_days"]) {
    const column = table === "fairlead_ledger" ? "pico_usd" : "pico_hi";
    const kinds = db.prepare(
      `SELECT DISTINCT typeof(at) AS at, typeof(${column}) AS money, typeof(input_tokens) AS n FROM ${table}`,
    );
    expect(kinds.all()).toEqual([{ at: "integer", money: "integer", n: "integer" }]);
  }
  db.close();
});

it("refuses to change the audit log, whoever asks", async () => {
  const stores = open();
  for (let n = 0; n < 3; n += 1) await stores.audit.append({ at: n, actor: "cli", action: "a", subject: "s" });
  const db = new Database(file);
  for (const sql of [
    "UPDATE fairlead_audit SET actor = 'x' WHERE seq = 2",
    "DELETE FROM fairlead_audit WHERE seq = 3",
    "INSERT INTO fairlead_audit SELECT 9, previous, hash, at, actor, action, subject, project, origin, detail FROM fairlead_audit WHERE seq = 1",
  ])
    expect(() => db.exec(sql)).toThrow(/append-only/);
  db.close();
  expect((await stores.audit.entries()).length).toBe(3);
});

it("does not touch a file that a newer version has changed, and says what to do", async () => {
  const first = open();
  await first.ledger.append([madeRow("att_1")]);
  await first.close();
  const db = new Database(file);
  db.exec("INSERT INTO fairlead_migrations VALUES (99, 'from the future', 0)");
  db.close();
  const before = readFileSync(file);
  const message = await refused("newer", open().ping());
  expect(message).toMatch(
    /form 99, this version of Fairlead knows 2: start the newer version .* or restore the backup/,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

it("is brought up once by several that start together", async () => {
  const all = [open(), open(), open()];
  await Promise.all(all.map((stores, n) => stores.ledger.append([madeRow(`att_${n}`)])));
  expect((await all[0]?.ledger.rows({}))?.rows.length).toBe(3);
});

it("is brought from the form of before to the newest by two that start together, and keeps what it has", () =>
  upgradeTogether(open, () =>
    change(["DROP TABLE fairlead_custody", "DELETE FROM fairlead_migrations WHERE version = 2"]),
  ));

it("goes on while a newer version adds to its tables", () => useThroughChange(open(), change));

/** What another program does to the file. */
function change(sql: readonly string[]): void {
  const db = new Database(file);
  for (const one of sql) db.exec(one);
  db.close();
}

it("tells a process that was away that it missed notices", async () => {
  const [away, speaker] = [open({ noticeMs: 400 }), open()];
  const heard: (string | undefined)[] = [];
  away.notices.subscribe("t", (text) => heard.push(text));
  await expect.poll(() => heard).toEqual([undefined]);
  await speaker.notices.publish("t", "forgotten");
  const db = new Database(file);
  db.exec("DELETE FROM fairlead_notices");
  db.close();
  await speaker.notices.publish("t", "heard");
  await expect.poll(() => heard, { timeout: 3_000 }).toEqual([undefined, undefined, "heard"]);
});

it("waits for another process that writes, and gives up in time", async () => {
  const patient = open({ busyMs: 3_000 });
  const hasty = open({ busyMs: 50 });
  await patient.ping();
  await hasty.ping();
  const db = new Database(file);
  db.exec("BEGIN IMMEDIATE");
  const waiting = patient.ledger.append([madeRow("att_1")]);
  expect(await refused("unavailable", hasty.ledger.append([madeRow("att_2")]))).toMatch(
    /another process holds the file/,
  );
  expect((await hasty.ledger.rows({})).rows).toEqual([]);
  db.exec("COMMIT");
  db.close();
  expect(await waiting).toBe(1);
});

it("says what is wrong with a file, and needs no restart once it is mended", async () => {
  const lost = join(folder, "missing", "store.db");
  expect(await refused("unavailable", open({}, clock, lost).ping())).toMatch(/its folder exists/);
  writeFileSync(
    file,
    "this is no database, and it is long enough to be seen as such by whoever reads its head".repeat(20),
  );
  const stores = open();
  expect(await refused("unavailable", stores.ping())).toMatch(/damaged or no SQLite file/);
  rmSync(file);
  await stores.ping();
  expect(await stores.ledger.append([madeRow("att_1")])).toBe(1);
  await stores.close();
  await refused("unavailable", stores.ping());
  await refused(
    "invalid",
    Promise.resolve().then(() => open({ busyMs: -1 })),
  );
});

it.each([
  ["the file", [""]],
  ["the file and its log", ["", "-wal", "-shm"]],
])("puts back %s when somebody removes it, with all that was in it", async (_what, ends) => {
  const stores = open();
  await stores.ledger.append([madeRow("att_1")]);
  await stores.records.write([{ kind: "key", id: "k", value: 1, expect: "any" }]);
  for (const end of ends) rmSync(file + end);
  expect(await stores.ledger.append([madeRow("att_1"), madeRow("att_2")])).toBe(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((name) => name.includes("back"))).toEqual([]);
  const other = open();
  expect((await other.ledger.usage({}, []))[0]?.attempts).toBe(2);
  expect((await other.records.get("key", "k"))?.value).toBe(1);
});

it("does not say that rows are to blame while somebody's index refuses them", async () => {
  const stores = open();
  expect(await stores.ledger.append([madeRow("att_1")])).toBe(1);
  const db = new Database(file);
  db.exec("CREATE UNIQUE INDEX own ON fairlead_ledger (instance)");
  expect(await refused("unavailable", stores.ledger.append([madeRow("att_2")]))).toMatch(/somebody changed its tables/);
  db.exec("DROP INDEX own");
  db.close();
  expect(await stores.ledger.append([madeRow("att_2")])).toBe(1);
});

it("is put back once by several that find it gone, again and again", async () => {
  const all = [open(), open(), open()];
  // One puts it back, the others may be told to try again.
  const again = async (work: () => Promise<number | undefined>) => {
    let found: number | undefined;
    const well = () =>
      work().then(
        (value) => {
          found = value;
          return true;
        },
        () => false,
      );
    await expect.poll(well, { timeout: 10_000, interval: 10 }).toBe(true);
    return found;
  };
  for (let round = 1; round <= 8; round++) {
    for (const end of round % 3 === 0 ? ["", "-wal", "-shm"] : [""]) rmSync(file + end, { force: true });
    await Promise.all(all.map((one, i) => again(() => one.ledger.append([madeRow(`att_${round}_${i}`)]))));
    for (const one of all)
      expect(await again(async () => (await one.ledger.usage({}, []))[0]?.attempts)).toBe(round * all.length);
  }
});

it("goes on with the file that was put in the place of its own", async () => {
  const stores = open();
  await stores.ledger.append([madeRow("att_1")]);
  const db = new Database(file);
  db.exec(`VACUUM INTO '${join(folder, "backup.db")}'`);
  db.close();
  await stores.ledger.append([madeRow("att_2")]);
  renameSync(join(folder, "backup.db"), file);
  expect(await stores.ledger.append([madeRow("att_2"), madeRow("att_3")])).toBe(2);
  await stores.close();
  expect((await open().ledger.usage({}, []))[0]?.attempts).toBe(3);
});

it("keeps its work off the loop, at a price that allows 20,000 rows a second", async () => {
  const stores = open();
  const rows = madeRows("speed", 10_000);
  await stores.ledger.append(madeRows("warm", 1_000));
  const loop = process.threadCpuUsage();
  const before = process.cpuUsage();
  for (let at = 0; at < rows.length; at += 500) await stores.ledger.append(rows.slice(at, at + 500));
  const { user, system } = process.cpuUsage(before);
  const thread = process.threadCpuUsage(loop);
  const all = (user + system) / rows.length;
  const own = (thread.user + thread.system) / rows.length;
  console.log(
    `sqlite: ${all.toFixed(1)} microseconds of CPU per row in both threads, ${own.toFixed(1)} of the one with the loop`,
  );
  // Rows of three days in wild disorder: nearly each is a line of the sums by itself. In the order of time it is half of that.
  expect(all).toBeLessThan(150);
  expect(own).toBeLessThan(all / 2);
});

it("is copied while it is written to, and the copy is whole", async () => {
  const stores = open();
  await stores.audit.append({ at: 1, actor: "cli", action: "a", subject: "s" });
  const rows = madeRows("copy", 400);
  const copy = join(folder, "copy.db");
  const writing = (async () => {
    for (let at = 0; at < rows.length; at += 20) await stores.ledger.append(rows.slice(at, at + 20));
  })();
  await stores.ledger.append(rows.slice(0, 20));
  const db = new Database(file);
  db.prepare("VACUUM INTO ?").run(copy);
  db.close();
  await writing;
  const restored = open({}, clock, copy);
  const kept = (await restored.ledger.rows({}, 1_000)).rows.length;
  const [sums] = await restored.ledger.usage({}, []);
  expect(kept).toBeGreaterThanOrEqual(20);
  expect(sums?.attempts).toBe(kept);
  expect(auditBreak(await restored.audit.entries())).toBeUndefined();
  // What came after the copy is told again by whoever still has it.
  expect(await restored.ledger.append(rows)).toBe(rows.length - kept);
});

it("sweeps what has expired, and tells of it in the feed", async () => {
  let ahead = 0;
  const own = shifted(clock, () => ahead);
  const stores = open({ sweepMs: 20 }, own);
  const expiresAt = Math.floor(own.wall()) + 1_000;
  await stores.records.write(
    Array.from({ length: 700 }, (_, n) => ({ kind: "token", id: `t${n}`, value: n, expect: 0, expiresAt })),
  );
  await stores.records.write([{ kind: "token", id: "stays", value: 1, expect: 0 }]);
  await stores.marks.claim("m", 1_000);
  ahead = 120_000;
  const db = new Database(file);
  const values = db.prepare("SELECT count(value) AS n FROM fairlead_records").pluck();
  const marks = db.prepare("SELECT count(*) AS n FROM fairlead_marks").pluck();
  await expect.poll(() => [values.get(), marks.get()], { timeout: 5_000 }).toEqual([1, 0]);
  const { changes, last } = await stores.records.changes(0, 1_000);
  expect(changes.filter(({ record }) => record === undefined).length).toBe(700);
  expect(last).toBe(701);
  ahead = 100 * 86_400_000;
  const rows = db.prepare("SELECT count(*) AS n FROM fairlead_records").pluck();
  await expect.poll(() => rows.get(), { timeout: 5_000 }).toBe(1);
  db.close();
});
