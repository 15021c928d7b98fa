// The form of the PostgreSQL store, and how it came to be: forward only, each step once, all or nothing.

import { SUM_NAMES } from "../sql/ledger-columns.ts";
import { type Migration, newerThan } from "../sql/migration.ts";
import { StoreError } from "../store-error.ts";
import type { Run } from "./line.ts";

/** The steps in their order. One that was released is never changed: a new one follows it. */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "beginning", statements: beginning() },
  { version: 2, name: "custody", statements: custody() },
];

/** Key of the lock that instances take while they migrate: "fairlead" in ASCII, cut to 63 bits. */
const LOCK = "7377573230428541284";

/** Whether a database has the newest form. Throws StoreError `newer`. */
export async function isMigrated(run: Run, store: string, steps = POSTGRES_MIGRATIONS): Promise<boolean> {
  return isNewest(await versionOf(run), store, steps);
}

/**
 * Brings a database to the newest form, in one transaction. Of instances that start at once one migrates, the others wait
 * for it. Throws StoreError `newer`.
 */
export async function migratePostgres(
  run: Run,
  store: string,
  now: number,
  withinMs: number,
  steps = POSTGRES_MIGRATIONS,
): Promise<void> {
  const say = (text: string) => run({ text, values: [] });
  await say("BEGIN");
  await say(`SET LOCAL statement_timeout = ${withinMs}`);
  await say(`SET LOCAL lock_timeout = ${withinMs}`);
  await say(`SELECT pg_advisory_xact_lock(${LOCK})`);
  // First the table, then the look into it: only a lock on a relation makes this session see what another one has created.
  await say(
    "CREATE TABLE IF NOT EXISTS fairlead_migrations (version integer PRIMARY KEY, name text NOT NULL, at bigint NOT NULL)",
  );
  const version = await lastStep(run);
  isNewest(version, store, steps);
  if (version === 0) await checkEncoding(run, store);
  for (const step of steps) {
    if (step.version <= version) continue;
    for (const statement of step.statements) await say(statement);
    await run({
      text: "INSERT INTO fairlead_migrations (version, name, at) VALUES ($1, $2, $3)",
      values: [step.version, step.name, Math.floor(now)],
    });
  }
  await say("COMMIT");
}

/** Text that a database cannot hold would be refused row by row, and each refused row is lost. */
async function checkEncoding(run: Run, store: string): Promise<void> {
  const [found] = await run({ text: "SHOW server_encoding", values: [] });
  const encoding = String(found?.server_encoding);
  // SQL_ASCII keeps all bytes as they come.
  if (encoding === "UTF8" || encoding === "SQL_ASCII") return;
  throw new StoreError(
    "unavailable",
    `${store}: the database has the encoding ${encoding}, which cannot hold every name; create it with ENCODING 'UTF8' TEMPLATE template0`,
  );
}

function isNewest(version: number, store: string, steps: readonly Migration[]): boolean {
  const newest = steps.at(-1)?.version ?? 0;
  if (version > newest) throw newerThan(`store ${store}`, version, newest);
  return version === newest;
}

async function versionOf(run: Run): Promise<number> {
  const [table] = await run({ text: "SELECT to_regclass('fairlead_migrations') IS NOT NULL AS there", values: [] });
  return table?.there === true ? lastStep(run) : 0;
}

async function lastStep(run: Run): Promise<number> {
  const [row] = await run({ text: "SELECT coalesce(max(version), 0) AS version FROM fairlead_migrations", values: [] });
  return Number(row?.version);
}

function beginning(): readonly string[] {
  const text = 'text COLLATE "C"';
  const sums = (name: string) => `CREATE TABLE ${name} (
    at bigint NOT NULL, project ${text} NOT NULL, key_id ${text} NOT NULL, model ${text} NOT NULL,
    upstream ${text} NOT NULL, actor ${text} NOT NULL, ${SUM_NAMES.map((column) => `${column} bigint NOT NULL`).join(", ")},
    PRIMARY KEY (at, project, key_id, model, upstream, actor)) WITH (fillfactor = 50)`;
  return [
    `CREATE TABLE fairlead_ledger (
      attempt_id ${text} NOT NULL PRIMARY KEY, request_id ${text} NOT NULL, attempt bigint NOT NULL, caller_request_id text,
      upstream_request_id text, message_id text, instance text NOT NULL, at bigint NOT NULL, project ${text} NOT NULL,
      key_id ${text} NOT NULL, actor ${text}, session text, route text NOT NULL, stream boolean NOT NULL,
      model_asked ${text}, model_served ${text}, upstream ${text} NOT NULL, region text, head_ms bigint,
      first_token_ms bigint, end_ms bigint NOT NULL, verdict text NOT NULL, code text, status bigint, ended text NOT NULL,
      input_tokens bigint NOT NULL, cache_write_5m_tokens bigint NOT NULL, cache_write_1h_tokens bigint NOT NULL,
      cache_read_tokens bigint NOT NULL, output_tokens bigint NOT NULL, thinking_tokens bigint NOT NULL,
      web_search_requests bigint NOT NULL, web_fetch_requests bigint NOT NULL, iterations text, service_tier text,
      speed text, inference_geo text, price_row text, pico_usd bigint NOT NULL, priced boolean NOT NULL,
      estimated boolean NOT NULL, model ${text} NOT NULL)`,
    "CREATE INDEX fairlead_ledger_at ON fairlead_ledger (at, attempt_id)",
    "CREATE INDEX fairlead_ledger_project ON fairlead_ledger (project, at, attempt_id)",
    "CREATE INDEX fairlead_ledger_key ON fairlead_ledger (key_id, at, attempt_id)",
    "CREATE INDEX fairlead_ledger_request ON fairlead_ledger (request_id)",
    sums("fairlead_hours"),
    sums("fairlead_days"),
    `CREATE TABLE fairlead_records (
      kind ${text} NOT NULL, id ${text} NOT NULL, version bigint NOT NULL, value text, expires_at bigint,
      seq bigint NOT NULL, changed_at bigint NOT NULL, PRIMARY KEY (kind, id))`,
    "CREATE UNIQUE INDEX fairlead_records_seq ON fairlead_records (seq)",
    "CREATE INDEX fairlead_records_expiry ON fairlead_records (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX fairlead_records_removed ON fairlead_records (changed_at) WHERE value IS NULL",
    "CREATE TABLE fairlead_counters (name text PRIMARY KEY, n bigint NOT NULL)",
    "INSERT INTO fairlead_counters (name, n) VALUES ('records', 0)",
    `CREATE TABLE fairlead_audit (
      seq bigint PRIMARY KEY, previous text NOT NULL, hash text NOT NULL, at bigint NOT NULL, actor text NOT NULL,
      action text NOT NULL, subject text NOT NULL, project text, origin text, detail text)`,
    `CREATE FUNCTION fairlead_refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
    `CREATE TRIGGER fairlead_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fairlead_audit
      FOR EACH STATEMENT EXECUTE FUNCTION fairlead_refuse()`,
    `CREATE TABLE fairlead_marks (key ${text} PRIMARY KEY, until bigint NOT NULL)`,
    "CREATE INDEX fairlead_marks_until ON fairlead_marks (until)",
  ];
}

/** Whose the files and batches at providers are. */
function custody(): readonly string[] {
  const text = 'text COLLATE "C"';
  return [
    `CREATE TABLE fairlead_custody (
      kind ${text} NOT NULL, id ${text} NOT NULL, project ${text} NOT NULL, key_id ${text} NOT NULL, upstream ${text} NOT NULL,
      account ${text} NOT NULL, at bigint NOT NULL, expires_at bigint, released_at bigint, PRIMARY KEY (kind, id))`,
    "CREATE INDEX fairlead_custody_project ON fairlead_custody (project, kind, at, id)",
    "CREATE INDEX fairlead_custody_expiry ON fairlead_custody (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX fairlead_custody_released ON fairlead_custody (released_at) WHERE released_at IS NOT NULL",
  ];
}
