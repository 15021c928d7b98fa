// The form of the SQLite store, and how it came to be: forward only, each step once, all or nothing.

import type { Database } from "better-sqlite3";
import { SUM_NAMES } from "../sql/ledger-columns.ts";
import { type Migration, newerThan } from "../sql/migration.ts";

/** The steps in their order. One that was released is never changed: a new one follows it. */
export const SQLITE_MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "beginning", statements: beginning() },
  { version: 2, name: "custody", statements: custody() },
];

/** Brings a database to the newest form. Two processes may do so at once. Throws StoreError `newer`. */
export function migrateSqlite(db: Database, file: string, now: number, steps = SQLITE_MIGRATIONS): void {
  const newest = steps.at(-1)?.version ?? 0;
  if (versionOf(db) === newest) return;
  db.transaction(() => {
    db.exec(
      "CREATE TABLE IF NOT EXISTS fairlead_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL)",
    );
    const version = versionOf(db);
    if (version > newest) throw newerThan(`sqlite store ${file}`, version, newest);
    const done = db.prepare("INSERT INTO fairlead_migrations (version, name, at) VALUES (?, ?, ?)");
    for (const step of steps) {
      if (step.version <= version) continue;
      for (const statement of step.statements) db.exec(statement);
      done.run(step.version, step.name, Math.floor(now));
    }
  }).immediate();
}

function versionOf(db: Database): number {
  const table = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'fairlead_migrations'").get();
  if (table === undefined) return 0;
  const { version } = db.prepare("SELECT coalesce(max(version), 0) AS version FROM fairlead_migrations").get() as {
    version: bigint | number;
  };
  return Number(version);
}

function beginning(): readonly string[] {
  const sums = (name: string) => `CREATE TABLE ${name} (
    at INTEGER NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL, model TEXT NOT NULL, upstream TEXT NOT NULL,
    actor TEXT NOT NULL, ${SUM_NAMES.map((column) => `${column} INTEGER NOT NULL`).join(", ")},
    PRIMARY KEY (at, project, key_id, model, upstream, actor)) WITHOUT ROWID`;
  return [
    `CREATE TABLE fairlead_ledger (
      attempt_id TEXT NOT NULL PRIMARY KEY, request_id TEXT NOT NULL, attempt INTEGER NOT NULL, caller_request_id TEXT,
      upstream_request_id TEXT, message_id TEXT, instance TEXT NOT NULL, at INTEGER NOT NULL, project TEXT NOT NULL,
      key_id TEXT NOT NULL, actor TEXT, session TEXT, route TEXT NOT NULL, stream INTEGER NOT NULL, model_asked TEXT,
      model_served TEXT, upstream TEXT NOT NULL, region TEXT, head_ms INTEGER, first_token_ms INTEGER,
      end_ms INTEGER NOT NULL, verdict TEXT NOT NULL, code TEXT, status INTEGER, ended TEXT NOT NULL,
      input_tokens INTEGER NOT NULL, cache_write_5m_tokens INTEGER NOT NULL, cache_write_1h_tokens INTEGER NOT NULL,
      cache_read_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, thinking_tokens INTEGER NOT NULL,
      web_search_requests INTEGER NOT NULL, web_fetch_requests INTEGER NOT NULL, iterations TEXT, service_tier TEXT,
      speed TEXT, inference_geo TEXT, price_row TEXT, pico_usd INTEGER NOT NULL, priced INTEGER NOT NULL,
      estimated INTEGER NOT NULL, model TEXT NOT NULL)`,
    "CREATE INDEX fairlead_ledger_at ON fairlead_ledger (at, attempt_id)",
    "CREATE INDEX fairlead_ledger_project ON fairlead_ledger (project, at, attempt_id)",
    "CREATE INDEX fairlead_ledger_key ON fairlead_ledger (key_id, at, attempt_id)",
    "CREATE INDEX fairlead_ledger_request ON fairlead_ledger (request_id)",
    sums("fairlead_hours"),
    sums("fairlead_days"),
    `CREATE TABLE fairlead_records (
      kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT, expires_at INTEGER,
      seq INTEGER NOT NULL, changed_at INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
    "CREATE UNIQUE INDEX fairlead_records_seq ON fairlead_records (seq)",
    "CREATE INDEX fairlead_records_expiry ON fairlead_records (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX fairlead_records_removed ON fairlead_records (changed_at) WHERE value IS NULL",
    "CREATE TABLE fairlead_counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO fairlead_counters (name, n) VALUES ('records', 0)",
    `CREATE TABLE fairlead_audit (
      seq INTEGER PRIMARY KEY, previous TEXT NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,
      action TEXT NOT NULL, subject TEXT NOT NULL, project TEXT, origin TEXT, detail TEXT)`,
    `CREATE TRIGGER fairlead_audit_no_update BEFORE UPDATE ON fairlead_audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    `CREATE TRIGGER fairlead_audit_no_delete BEFORE DELETE ON fairlead_audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    `CREATE TRIGGER fairlead_audit_in_turn BEFORE INSERT ON fairlead_audit
      WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM fairlead_audit)
      BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    "CREATE TABLE fairlead_marks (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX fairlead_marks_until ON fairlead_marks (until)",
    "CREATE TABLE fairlead_notices (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, topic TEXT NOT NULL, text TEXT NOT NULL)",
  ];
}

/** Whose the files and batches at providers are. */
function custody(): readonly string[] {
  return [
    `CREATE TABLE fairlead_custody (
      kind TEXT NOT NULL, id TEXT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL, upstream TEXT NOT NULL,
      account TEXT NOT NULL, at INTEGER NOT NULL, expires_at INTEGER, released_at INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
    "CREATE INDEX fairlead_custody_project ON fairlead_custody (project, kind, at, id)",
    "CREATE INDEX fairlead_custody_expiry ON fairlead_custody (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX fairlead_custody_released ON fairlead_custody (released_at) WHERE released_at IS NOT NULL",
  ];
}
