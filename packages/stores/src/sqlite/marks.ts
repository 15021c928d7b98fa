// Marks and notices in SQLite, on the worker's side: what processes on one file tell each other.

import type { Database } from "better-sqlite3";
import type { Fetched } from "../sql/ledger-columns.ts";
import { SWEEP_BITE } from "../sql/sweep-bounds.ts";

const NOTICE_KEPT_MS = 60_000;
const BITE = 1_000;

/** What the worker does for marks. */
export interface SqliteMarks {
  claim(now: number, key: string, ttlMs: number): boolean;
  sweep(now: number): number;
}

/** Prepares its statements on an open, migrated database. */
export function sqliteMarks(db: Database): SqliteMarks {
  const claim = db.prepare(
    `INSERT INTO fairlead_marks (key, until) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ?`,
  );
  const sweep = db.prepare(
    "DELETE FROM fairlead_marks WHERE key IN (SELECT key FROM fairlead_marks WHERE until <= ? ORDER BY until LIMIT ?)",
  );
  return {
    claim: (now, key, ttlMs) => claim.run(key, Math.ceil(now + ttlMs), Math.floor(now)).changes === 1,
    sweep: (now) => sweep.run(Math.floor(now), SWEEP_BITE).changes,
  };
}

/** One notice as it was published. */
export interface SqliteNotice {
  readonly topic: string;
  readonly text: string;
}

/** What was published since a number. */
export interface SqliteNews {
  readonly notices: readonly SqliteNotice[];
  readonly last: number;
  readonly lost: boolean;
}

/** What the worker does for notices. */
export interface SqliteNotices {
  publish(now: number, topic: string, text: string): void;
  /** The number of the last notice: listening begins behind it. */
  last(): number;
  /**
   * Notices after a number; `lost` when some of them are forgotten already. Costs one look at a counter when nobody has
   * written to the file.
   */
  after(seq: number): SqliteNews;
}

/** Prepares its statements on an open, migrated database. */
export function sqliteNotices(db: Database): SqliteNotices {
  const insert = db.prepare("INSERT INTO fairlead_notices (at, topic, text) VALUES (?, ?, ?)");
  const forget = db.prepare("DELETE FROM fairlead_notices WHERE at < ?");
  const last = db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'fairlead_notices'");
  const after = db.prepare(`SELECT seq, topic, text FROM fairlead_notices WHERE seq > ? ORDER BY seq LIMIT ${BITE}`);
  // Changes when another connection has written; writes of this one are counted beside it.
  const version = db.prepare("PRAGMA data_version").pluck();
  let seen: unknown;
  let own = true;
  const publish = db.transaction((now: number, topic: string, text: string) => {
    forget.run(Math.floor(now) - NOTICE_KEPT_MS);
    insert.run(Math.floor(now), topic, text);
  });
  return {
    publish(now, topic, text) {
      publish.immediate(now, topic, text);
      own = true;
    },
    last: () => Number((last.get() as Fetched).seq),
    after(seq) {
      const now = version.get();
      if (now === seen && !own) return { notices: [], last: seq, lost: false };
      seen = now;
      const found = after.all(seq) as Fetched[];
      own = found.length === BITE;
      const notices = found.map(({ topic, text }) => ({ topic: String(topic), text: String(text) }));
      const [first] = found;
      const newest = found.length === 0 ? Number((last.get() as Fetched).seq) : Number(found.at(-1)?.seq);
      return { notices, last: newest, lost: first === undefined ? newest > seq : Number(first.seq) > seq + 1 };
    },
  };
}
