// The book of custody: whose each file and batch is. Asked of memory first, then of the store; written before it is told.

import type { Runtime, Timer } from "@fairlead/runtime";
import { type Custody, type CustodyCursor, type CustodyKind, type CustodyRow, StoreError } from "@fairlead/stores";
import { CustodySpool } from "./custody-spool.ts";

/** Things whose place is remembered: some 300 bytes each. */
const REMEMBERED = 10_000;
/** A store that has not answered by then does not answer, milliseconds. */
const PATIENCE_MS = 2_000;
/** After a store failed to take something, so long is it not asked to before the disk is, milliseconds. */
const AWAY_MS = 1_000;
/** First and longest wait before what waits is brought to the store again, milliseconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** Rows in one write, and ids in one question. */
const AT_ONCE = 1_000;

/** What was found. */
export interface Found {
  readonly rows: ReadonlyMap<string, CustodyRow>;
  /** The store did not answer: what is not among the rows may be known all the same. */
  readonly away: boolean;
}

/** Whose things are. One for all configurations. */
export class CustodyBook {
  readonly #store: Custody;
  readonly #rt: Runtime;
  readonly #spool: CustodySpool | undefined;
  readonly #known = new Map<string, CustodyRow>();
  /** What the store does not have yet. */
  readonly #waiting = new Map<string, CustodyRow>();
  #awayUntil = Number.NEGATIVE_INFINITY;
  #waitMs = FIRST_WAIT_MS;
  #timer: Timer | undefined;
  #shipping: Promise<void> | undefined;
  #closed = false;

  /** @param folder where things are noted while the store does not answer; undefined: nowhere */
  constructor(store: Custody, rt: Runtime, folder: string | undefined) {
    this.#store = store;
    this.#rt = rt;
    if (folder === undefined) return;
    const found = (rows: readonly CustodyRow[]) => {
      for (const row of rows) this.#waiting.set(keyOf(row), row);
      this.#shipSoon();
    };
    this.#spool = new CustodySpool(folder, rt, found, () => [...this.#waiting.values()]);
  }

  /** Takes up what a process before left on the disk. Throws a StoreError when the folder cannot be read. */
  start(): void {
    this.#spool?.start();
  }

  /** How many things the store does not have yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Those of some ids that are known. Never rejects for a store that is down: see `away`. */
  async find(kind: CustodyKind, ids: readonly string[]): Promise<Found> {
    const rows = new Map<string, CustodyRow>();
    const asked: string[] = [];
    for (const id of ids) {
      const row = this.#recall(kind, id);
      if (row === undefined) asked.push(id);
      else rows.set(id, row);
    }
    let away = false;
    for (let at = 0; at < asked.length && !away; at += AT_ONCE) {
      try {
        const found = await this.#inTime(this.#store.find(kind, asked.slice(at, at + AT_ONCE)));
        for (const row of found) {
          rows.set(row.id, row);
          this.#remember(row);
        }
      } catch (e) {
        if (!StoreError.is(e)) throw e;
        away = true;
      }
    }
    for (const id of asked) {
      const row = this.#waiting.get(keyOf({ kind, id }));
      if (row !== undefined && !rows.has(id)) rows.set(id, row);
    }
    return { rows, away: away && asked.some((id) => !rows.has(id)) };
  }

  /** A page of a project's things: see `Custody.page`. Rejects with a StoreError. */
  page(
    project: string,
    kind: CustodyKind,
    cursor: CustodyCursor,
    limit: number,
  ): Promise<readonly CustodyRow[] | undefined> {
    return this.#inTime(this.#store.page(project, kind, cursor, limit));
  }

  /** Notes things for good: in the store, or on the disk while that does not answer. Rejects when neither takes them. */
  async note(rows: readonly CustodyRow[]): Promise<void> {
    const fresh = rows.filter(({ kind, id }) => this.#recall(kind, id) === undefined);
    if (fresh.length === 0) return;
    try {
      if (this.#awayUntil > this.#rt.clock.now()) throw new StoreError("unavailable", "the store did not answer");
      await this.#put(fresh);
    } catch (e) {
      if (!StoreError.is(e) || e.code === "invalid" || this.#spool === undefined) throw e;
      // First here: what is written while the store takes the rest would else be let go of with it.
      for (const row of fresh) this.#waiting.set(keyOf(row), row);
      try {
        await this.#spool.write(fresh);
      } catch (problem) {
        for (const row of fresh) this.#waiting.delete(keyOf(row));
        throw problem;
      }
      this.#shipSoon();
    }
  }

  /** Lets go of a thing that is deleted. Its row stays when the store does not answer: who asks for it is told by the upstream. */
  async release(kind: CustodyKind, id: string): Promise<void> {
    const key = keyOf({ kind, id });
    this.#known.delete(key);
    this.#waiting.delete(key);
    try {
      await this.#inTime(this.#store.release(kind, id));
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
  }

  /** Brings what waits to the store, once; resolves when that is done or the store failed. Never rejects. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#shipping ??= this.#ship().finally(() => {
      this.#shipping = undefined;
      if (this.#waiting.size > 0) this.#shipSoon();
    });
    await this.#shipping;
  }

  /** Brings what it can to the store; the rest is taken up by the next that starts. Never rejects. */
  async close(): Promise<void> {
    if (this.#waiting.size > 0) await this.flush();
    this.#closed = true;
    this.#timer?.cancel();
    await this.#spool?.close();
  }

  #shipSoon(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#rt.clock.timer(this.#waitMs, () => void this.flush());
  }

  async #ship(): Promise<void> {
    const all = [...this.#waiting.values()];
    try {
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const rows = all.slice(at, at + AT_ONCE);
        await this.#put(rows);
        for (const row of rows) this.#waiting.delete(keyOf(row));
      }
      if (this.#waiting.size === 0) this.#spool?.clear();
      this.#waitMs = FIRST_WAIT_MS;
    } catch (e) {
      if (!StoreError.is(e)) throw e;
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  async #put(rows: readonly CustodyRow[]): Promise<void> {
    try {
      await this.#inTime(this.#store.put(rows));
      this.#awayUntil = Number.NEGATIVE_INFINITY;
    } catch (e) {
      this.#awayUntil = this.#rt.clock.now() + AWAY_MS;
      throw e;
    }
  }

  #recall(kind: CustodyKind, id: string): CustodyRow | undefined {
    const key = keyOf({ kind, id });
    const row = this.#known.get(key);
    if (row === undefined) return undefined;
    this.#known.delete(key);
    if (row.expiresAt !== undefined && row.expiresAt <= this.#rt.clock.wall()) return undefined;
    this.#known.set(key, row);
    return row;
  }

  /** Only what the store has told: of what two note at once, one has it. */
  #remember(row: CustodyRow): void {
    this.#known.set(keyOf(row), row);
    if (this.#known.size <= REMEMBERED) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** A store that hangs is one that does not answer; what it does later is done all the same, and does no harm. */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = this.#rt.clock.timer(PATIENCE_MS, () =>
        reject(new StoreError("unavailable", `the store gave no answer within ${PATIENCE_MS} ms`)),
      );
      answer.then(resolve, reject).finally(() => late.cancel());
    });
  }
}

function keyOf({ kind, id }: Pick<CustodyRow, "kind" | "id">): string {
  return `${kind}\n${id}`;
}
