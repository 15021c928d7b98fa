// The shipper: moves rows from the books into the store, in order, as often as it takes.

import { between, type Runtime, type Timer } from "@fairlead/runtime";
import { type Ledger, type LedgerRow, StoreError } from "@fairlead/stores";
import type { Books, FaultPoint } from "./books.ts";

/** Rows in one transaction: what a store takes in some milliseconds. */
const BATCH = 1_000;
/** Rows are gathered for so long before they are shipped, milliseconds. */
const LINGER_MS = 50;
/** The same for rows that no spool holds: they go before the collector of young garbage has met many of them. */
const SHORT_LINGER_MS = 5;
/** First and longest wait after the store failed, milliseconds, each spread by 30 % either way. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/** What a shipper needs. */
export interface ShipperOptions {
  readonly books: Books;
  readonly ledger: Pick<Ledger, "append">;
  /** Hears of rows that the store will never take; they are dropped from the books afterwards. */
  readonly refused: (row: LedgerRow, error: StoreError) => void;
  readonly fault?: ((point: FaultPoint) => void) | undefined;
}

/** Ships. Requests never wait for it. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #rt: Runtime;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #closed = false;
  readonly #lingerMs: number;
  /** Why the store did not take the last rows; undefined when it did. */
  problem: string | undefined;
  /** Rows that the store has, those among them that it had before included. */
  shipped = 0;
  /** Rows that the store will never take. */
  refused = 0;

  constructor(options: ShipperOptions, rt: Runtime) {
    this.#options = options;
    this.#rt = rt;
    this.#lingerMs = options.books.tally === undefined ? SHORT_LINGER_MS : LINGER_MS;
  }

  /** There is something to ship. */
  ready(): void {
    if (this.#timer === undefined && this.#running === undefined && !this.#closed) this.#after(this.#lingerMs);
  }

  /** Tries to ship all that waits, once; resolves when that is done or the store failed. Never rejects. */
  async flush(): Promise<void> {
    await this.#running;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#run();
    await this.#running;
  }

  /** Ships what it can within a time, then stops. Never rejects. */
  async close(ms: number): Promise<void> {
    const flushed = this.flush();
    let late: Timer | undefined;
    const waited = new Promise<void>((done) => {
      late = this.#rt.clock.timer(ms, done);
    });
    await Promise.race([flushed, waited]);
    // Left alone it would keep the process alive.
    late?.cancel();
    this.#closed = true;
    this.#timer?.cancel();
  }

  #after(ms: number): void {
    this.#timer = this.#rt.clock.timer(ms, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #run(): void {
    if (this.#running !== undefined || this.#closed) return;
    this.#running = this.#ship().then((well) => {
      this.#running = undefined;
      if (this.#closed) return;
      if (!well) this.#after(this.#backOff());
      else if (this.#options.books.waiting().rows > 0) this.#after(this.#lingerMs);
    });
  }

  /** True when nothing waits any more, false when the store failed. */
  async #ship(): Promise<boolean> {
    const { books, fault } = this.#options;
    try {
      for (let batch = books.next(BATCH); batch !== undefined; batch = books.next(BATCH)) {
        fault?.("shipping");
        await this.#append(batch.rows);
        fault?.("committed");
        this.shipped += batch.rows.length;
        this.#failures = 0;
        this.problem = undefined;
        batch.done();
        if (this.#closed) return true;
      }
      return true;
    } catch (e) {
      this.#failures += 1;
      this.problem = e instanceof Error ? e.message : String(e);
      return false;
    }
  }

  /** One row that the store refuses for what it holds must not keep all others out. */
  async #append(rows: readonly LedgerRow[]): Promise<void> {
    try {
      await this.#options.ledger.append(rows);
    } catch (e) {
      if (!StoreError.is(e) || e.code !== "invalid") throw e;
      const [only] = rows;
      if (rows.length === 1 && only !== undefined) {
        this.refused += 1;
        this.#options.refused(only, e);
        return;
      }
      const half = rows.length >> 1;
      await this.#append(rows.slice(0, half));
      await this.#append(rows.slice(half));
    }
  }

  #backOff(): number {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 10));
    return wait * between(this.#rt.random, 0.7, 1.3);
  }
}
