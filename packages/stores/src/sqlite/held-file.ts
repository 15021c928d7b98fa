// The file of an open database: whether it still stands at its path, and how it is put back when somebody removed it.

import { closeSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { StoreError } from "../store-error.ts";

/** A copy that nobody has written to for so long was left by a process that died over it, milliseconds. */
const LEFT_MS = 60_000;
const COMPANIONS = ["-wal", "-shm"] as const;

/** What stands at the path of a database and beside it. */
export class HeldFile {
  readonly #file: string;
  readonly #id: string | undefined;
  /** Of the log and its index: what another database would take for its own newest rows. */
  readonly #companions: ReadonlyArray<readonly [path: string, id: string | undefined]>;

  /** To be made when the database is open and was read from. */
  constructor(file: string) {
    this.#file = file;
    this.#id = idOf(file);
    this.#companions = COMPANIONS.map((end) => [file + end, idOf(file + end)]);
  }

  /** Whether what is written to the open database is still found at its path. */
  get stands(): boolean {
    return idOf(this.#file) === this.#id;
  }

  /**
   * Closes a database whose file does not stand at its path any more; the caller opens the path anew. When nothing stands
   * there, a copy of all that the database holds is put there first; when another file does, that one counts. When one
   * came just now, the database is left open, to be let go of once more.
   * @param now Unix milliseconds
   * @throws StoreError `unavailable` while another process does the same; errors of SQLite and the system. The database is
   *   then still open.
   */
  letGo(db: Database, now: number): void {
    if (idOf(this.#file) !== undefined) {
      this.#clear();
      db.close();
      return;
    }
    const copy = `${this.#file}.back`;
    claim(copy, now);
    try {
      if (idOf(this.#file) !== undefined) return;
      db.prepare("VACUUM INTO ?").run(copy);
      this.#clear();
      linkSync(copy, this.#file);
    } finally {
      rmSync(copy, { force: true });
    }
    // SQLite leaves alone what stands at the path of a file that was moved away.
    db.close();
  }

  /** Only while the database is open: the number of a file that nobody holds any more is given to the next. */
  #clear(): void {
    for (const [path, id] of this.#companions) if (id !== undefined && idOf(path) === id) rmSync(path, { force: true });
  }
}

/** Makes an empty file that nobody else may read; one process at a time has it. */
function claim(copy: string, now: number): void {
  const left = statSync(copy, { throwIfNoEntry: false });
  if (left !== undefined && now - left.mtimeMs > LEFT_MS) rmSync(copy, { force: true });
  try {
    closeSync(openSync(copy, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") throw error;
    throw new StoreError(
      "unavailable",
      `the file of the sqlite store is put back as ${copy}: it is tried again by itself`,
    );
  }
}

/** Device and number of the file at a path; undefined when there is none. */
function idOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
