// The thread that holds the SQLite file, so that no query and no fsync holds up the loop. Runs as a worker only.

import { closeSync, openSync } from "node:fs";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { AuditEvent } from "../audit.ts";
import type { CustodyCursor, CustodyKind, CustodyRow } from "../custody.ts";
import type { CheckedWrite } from "../record-batch.ts";
import type { Question } from "../sql/ledger-queries.ts";
import type { StoreErrorCode } from "../store-error.ts";
import { sqliteAudit } from "./audit.ts";
import { sqliteCustody } from "./custody.ts";
import { storeErrorOf } from "./failure.ts";
import { HeldFile } from "./held-file.ts";
import { sqliteLedger } from "./ledger.ts";
import { sqliteMarks, sqliteNotices } from "./marks.ts";
import { migrateSqlite } from "./migrations.ts";
import { sqliteRecords } from "./records.ts";

/** What the thread is told when it starts. */
export interface SqliteSetup {
  readonly file: string;
  readonly busyMs: number;
  /** Wall clock of the instance, Unix milliseconds. */
  readonly now: number;
}

/** One question to the thread, and its answer. */
export interface SqliteCall {
  readonly id: number;
  readonly method: SqliteMethod;
  /** Wall clock of the instance, Unix milliseconds. */
  readonly now: number;
  readonly args: readonly unknown[];
}
export type SqliteAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: StoreErrorCode; readonly message: string } };

/** What can be asked. */
export type SqliteMethod = keyof ReturnType<typeof methodsOn>;

/** An open database. */
interface Opened {
  readonly db: Database.Database;
  readonly methods: ReturnType<typeof methodsOn>;
  readonly held: HeldFile;
}

function open({ file, busyMs, now }: SqliteSetup): Opened {
  // Digests of keys and names of people are in it: nobody else may read it.
  closeSync(openSync(file, "a", 0o600));
  const db = new Database(file, { timeout: busyMs });
  try {
    db.defaultSafeIntegers(true);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    // What has expired is overwritten, not only forgotten: samples of prompts are among it.
    db.pragma("secure_delete = ON");
    migrateSqlite(db, file, now);
    return { db, methods: methodsOn(db), held: new HeldFile(file) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Moves the log into the file and cuts it to nothing. False when another process reads from it at this moment. */
function emptied(db: Database.Database): boolean {
  const [found] = db.pragma("busy_timeout") as [{ readonly timeout: bigint }];
  try {
    db.pragma("busy_timeout = 50");
    const [told] = db.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: bigint }];
    return told.busy === 0n;
  } finally {
    db.pragma(`busy_timeout = ${found.timeout}`);
  }
}

function methodsOn(db: Database.Database) {
  const ledger = sqliteLedger(db);
  const records = sqliteRecords(db);
  const audit = sqliteAudit(db);
  const custody = sqliteCustody(db);
  const marks = sqliteMarks(db);
  const notices = sqliteNotices(db);
  // Whether the write-ahead log may still hold what was swept.
  let inLog = false;
  return {
    ping: (_now: number) => undefined,
    close: (_now: number) => void db.close(),
    sweep: (now: number) => {
      const swept = records.sweep(now);
      inLog ||= swept > 0;
      // The log holds older copies of pages until it is written from its beginning again.
      if (inLog) inLog = !emptied(db);
      return Math.max(swept, marks.sweep(now), custody.sweep(now));
    },
    append: (_now: number, rows: string) => ledger.append(JSON.parse(rows)),
    usage: (_now: number, question: Question) => ledger.usage(question),
    rows: (_now: number, question: Question) => ledger.rows(question),
    expire: (_now: number, before: number, limit: number) => ledger.expire(before, limit),
    get: (now: number, kind: string, id: string) => records.get(now, kind, id),
    list: (now: number, kind: string, after: string, limit: number) => records.list(now, kind, after, limit),
    write: (now: number, writes: readonly CheckedWrite[]) => records.write(now, writes),
    changes: (now: number, after: number, limit: number) => records.changes(now, after, limit),
    auditAppend: (_now: number, event: AuditEvent) => audit.append(event),
    auditEntries: (_now: number, after: number, limit: number) => audit.entries(after, limit),
    custodyPut: (now: number, rows: readonly CustodyRow[]) => custody.put(now, rows),
    custodyFind: (now: number, kind: CustodyKind, ids: readonly string[]) => custody.find(now, kind, ids),
    custodyPage: (now: number, project: string, kind: CustodyKind, cursor: CustodyCursor, limit: number) =>
      custody.page(now, project, kind, cursor, limit),
    custodyRelease: (now: number, kind: CustodyKind, id: string) => custody.release(now, kind, id),
    claim: (now: number, key: string, ttlMs: number) => marks.claim(now, key, ttlMs),
    publish: (now: number, topic: string, text: string) => notices.publish(now, topic, text),
    lastNotice: (_now: number) => notices.last(),
    noticesAfter: (_now: number, seq: number) => notices.after(seq),
  };
}

function serve(port: MessagePort, setup: SqliteSetup): void {
  let opened: Opened | undefined;
  const ask = ({ method, now, args }: SqliteCall): unknown => {
    while (opened?.held.stands === false) {
      opened.held.letGo(opened.db, now);
      if (!opened.db.open) opened = undefined;
    }
    // A file that could not be opened is tried again with each call, so that a repaired one needs no restart.
    opened ??= open({ ...setup, now });
    return (opened.methods[method] as (now: number, ...args: readonly unknown[]) => unknown)(now, ...args);
  };
  port.on("message", (call: SqliteCall) => {
    try {
      port.postMessage({ id: call.id, value: ask(call) } satisfies SqliteAnswer);
    } catch (error) {
      const { code, message } = storeErrorOf(error, setup.file);
      port.postMessage({ id: call.id, error: { code, message } } satisfies SqliteAnswer);
    }
    if (call.method === "close") port.close();
  });
}

if (parentPort !== null) serve(parentPort, workerData as SqliteSetup);
