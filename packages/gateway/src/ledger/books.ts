// The books: what of the ledger stands in the spool, which segment may go, and what has to be shipped next.

import type { Prices } from "@fairlead/protocol";
import { Roster, type Runtime, type Seated } from "@fairlead/runtime";
import { type LedgerRow, StoreError } from "@fairlead/stores";
import {
  type Counted,
  memorySpool,
  Spool,
  type SpoolLevel,
  type SpoolLog,
  type SpoolOptions,
  type SpoolReport,
  type SpoolSegment,
  type TallyFile,
} from "@fairlead/stores/spool";
import { crashedRow, finalRecord, progressRecord, type RunningRow, readRecord, startedRecord } from "./spool-record.ts";

/** Where in the ledger's work a test may end the process. */
export type FaultPoint =
  | "started"
  | "sent"
  | "progress"
  | "ending"
  | "writing"
  | "final"
  | "shipping"
  | "committed"
  | "removed";

/** One segment's account. */
interface Page {
  readonly segment: SpoolSegment;
  /** Attempts that run and whose latest record of all that is known stands here. */
  open: number;
  /** Rows that wait to be shipped; undefined when they are to be read from the disk. */
  rows: LedgerRow[] | undefined;
  /** Rows that wait, whether they are in memory or not. */
  waiting: number;
  /** When the oldest of them was written, monotonic milliseconds. */
  since: number;
}

/** An attempt that runs, as the books know it. */
export interface OpenAttempt extends Seated {
  readonly row: RunningRow;
  page: Page | undefined;
}

/** Rows to be shipped, and what to call when they are in the store. */
export interface Batch {
  readonly rows: readonly LedgerRow[];
  done(): void;
}

/** What the books need. */
export interface BooksOptions extends Pick<SpoolOptions, "quota" | "segment" | "syncMs" | "syncRecords"> {
  /** Where the spool is; undefined for one that keeps nothing. */
  readonly folder: string | undefined;
  /** Hears of damage in the spool, and of rows that no store takes. */
  readonly report: (report: SpoolReport) => void;
  /** The prices of now, for attempts whose gateway died. */
  readonly prices: () => Prices;
  /** Called when there is something to ship. */
  readonly ready: () => void;
  readonly fault?: ((point: FaultPoint) => void) | undefined;
}

/** Everything that is written down of attempts until a store has it. */
export class Books {
  readonly #spool: SpoolLog;
  readonly #rt: Runtime;
  readonly #options: BooksOptions;
  /** In the order in which they are shipped. */
  readonly #pages = new Map<SpoolSegment, Page>();
  readonly #open = new Roster<OpenAttempt>();
  /** Rows that the disk did not take: they are shipped from memory. */
  #unsaved: Array<{ readonly row: LedgerRow; readonly attempt: OpenAttempt }> = [];
  /** Attempts of dead processes that were found running. */
  crashed = 0;

  /** Opens the spool; attempts that dead processes left running become rows. Throws a StoreError. */
  constructor(options: BooksOptions, rt: Runtime) {
    this.#options = options;
    this.#rt = rt;
    // Segments may be found before the spool is there to write to.
    const early: Array<() => void> = [];
    let opened = false;
    this.#spool = openLog(options, rt, {
      adopted: (segments, counts) => {
        if (opened) this.#take(segments, counts);
        else early.push(() => this.#take(segments, counts));
      },
      lost: () => this.#again(),
    });
    opened = true;
    for (const take of early) take();
  }

  get level(): SpoolLevel {
    return this.#spool.level;
  }

  get problem(): StoreError | undefined {
    return this.#spool.problem;
  }

  get bytes(): number {
    return this.#spool.bytes;
  }

  get segments(): number {
    return this.#spool.segments;
  }

  get unsaved(): number {
    return this.#unsaved.length;
  }

  /** Counts of the attempts that run; undefined when nothing of them is kept. */
  get tally(): TallyFile | undefined {
    return this.#spool.tally;
  }

  get running(): readonly OpenAttempt[] {
    return this.#open.list;
  }

  /** Rows that no store has yet, and how long the oldest has waited, milliseconds. */
  waiting(): { readonly rows: number; readonly oldestMs: number } {
    let rows = this.#unsaved.length;
    let since = Number.POSITIVE_INFINITY;
    for (const page of this.#pages.values()) {
      rows += page.waiting;
      if (page.waiting > 0) since = Math.min(since, page.since);
    }
    return { rows, oldestMs: since === Number.POSITIVE_INFINITY ? 0 : this.#rt.clock.now() - since };
  }

  /** An attempt is about to leave. Throws a StoreError when that cannot be written: then it must not leave. */
  started(attempt: OpenAttempt): void {
    if (this.tally !== undefined) this.#carry(attempt);
    this.#open.add(attempt);
    this.#options.fault?.("started");
  }

  /** What is known of it has grown: `news` is what changed, `attempt.row` holds it already. */
  progress(attempt: OpenAttempt, news: RunningRow): void {
    if (this.tally === undefined) return;
    try {
      // A record of what changed is good for nothing without the one that it changes, which goes with its segment.
      if (attempt.page?.segment !== this.#spool.active || attempt.page.segment.sealed) this.#carry(attempt);
      else this.#spool.append(progressRecord(news));
      this.#options.fault?.("progress");
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
  }

  /** It is over. Never throws: a row that the disk does not take waits in memory. */
  final(attempt: OpenAttempt, row: LedgerRow): void {
    this.#options.fault?.("ending");
    this.#open.delete(attempt);
    try {
      this.#write(row);
      this.#closed(attempt);
    } catch (e) {
      if (!StoreError.is(e)) throw e;
      this.#unsaved.push({ row, attempt });
    }
    this.#options.fault?.("final");
    this.#options.ready();
  }

  /** Rows of their own, that no attempt was written down for beforehand. Never throws, as `final`. */
  add(rows: readonly LedgerRow[]): void {
    for (const row of rows) {
      try {
        this.#write(row);
      } catch (e) {
        if (!StoreError.is(e)) throw e;
        this.#unsaved.push({ row, attempt: { row, page: undefined, seat: -1 } });
      }
    }
    if (rows.length > 0) this.#options.ready();
  }

  /** The next rows to ship, at most `most`; undefined when there are none. Throws when none is left but what cannot be read. */
  next(most: number): Batch | undefined {
    if (this.#unsaved.length > 0) return this.#unsavedBatch(most);
    let unread: unknown;
    for (const page of this.#pages.values()) {
      if (page.waiting === 0) continue;
      try {
        page.rows ??= this.#read(page.segment);
      } catch (e) {
        // It must not keep out the others.
        if (isGone(e)) this.#gone(page);
        else unread ??= e;
        continue;
      }
      const rows = page.rows.slice(0, most);
      page.waiting = page.rows.length;
      if (rows.length > 0) return { rows, done: () => this.#shipped(page, rows.length) };
    }
    this.#sweep();
    if (unread !== undefined) throw unread;
    return undefined;
  }

  /** Writes records of attempts that run into the segment of now, so that old segments can go. */
  carryOver(): void {
    for (const attempt of this.#open.list)
      if (attempt.page?.segment.sealed === true) this.progress(attempt, attempt.row);
  }

  /** Ends it; what is left is shipped by whoever opens the same folder next. Never rejects. */
  async close(): Promise<void> {
    try {
      if (this.#spool.active.read().length > 0) this.#spool.rotate();
      this.#sweep();
    } catch {
      // The next one finds it as it is.
    }
    await this.#spool.close();
  }

  #write(row: LedgerRow): void {
    const segment = this.tally === undefined ? this.#spool.active : this.#spool.append(finalRecord(row));
    this.#add(this.#page(segment), row);
  }

  #carry(attempt: OpenAttempt): void {
    const page = this.#page(this.#spool.append(startedRecord(attempt.row)));
    this.#closed(attempt);
    attempt.page = page;
    page.open += 1;
  }

  #closed(attempt: OpenAttempt): void {
    const { page } = attempt;
    attempt.page = undefined;
    if (page === undefined) return;
    page.open -= 1;
    this.#remove(page);
  }

  #page(segment: SpoolSegment): Page {
    let page = this.#pages.get(segment);
    if (page === undefined) {
      this.#forget();
      page = { segment, open: 0, rows: [], waiting: 0, since: 0 };
      this.#pages.set(segment, page);
    }
    return page;
  }

  /** When a new segment begins, what waits in those between it and the one being shipped is left to the disk. */
  #forget(): void {
    let first = true;
    for (const page of this.#pages.values()) {
      if (!first && page.waiting > 0) page.rows = undefined;
      first &&= page.waiting === 0;
    }
  }

  #add(page: Page, row: LedgerRow): void {
    page.rows?.push(row);
    if (page.waiting === 0) page.since = this.#rt.clock.now();
    page.waiting += 1;
  }

  #read(segment: SpoolSegment): LedgerRow[] {
    const rows: LedgerRow[] = [];
    for (const payload of segment.read()) {
      if (payload[0] !== "F") continue;
      const record = readRecord(payload);
      if (record?.kind === "final") rows.push(record.row);
    }
    return rows;
  }

  #gone(page: Page): void {
    const { name, bytes } = page.segment;
    this.#options.report({ segment: name, what: "gone", at: 0, bytes });
    page.rows = [];
    page.waiting = 0;
  }

  #shipped(page: Page, count: number): void {
    page.rows?.splice(0, count);
    page.waiting -= count;
    page.since = this.#rt.clock.now();
    this.#remove(page);
  }

  #unsavedBatch(most: number): Batch {
    const some = this.#unsaved.slice(0, most);
    return {
      rows: some.map(({ row }) => row),
      done: () => {
        this.#unsaved = this.#unsaved.slice(some.length);
        for (const { attempt } of some) this.#closed(attempt);
      },
    };
  }

  #sweep(): void {
    for (const page of [...this.#pages.values()]) this.#remove(page);
  }

  /** Removes a segment when nothing in it is needed any more. */
  #remove(page: Page): void {
    if (page.waiting > 0 || page.open > 0 || !page.segment.sealed) return;
    try {
      page.segment.remove();
      this.#pages.delete(page.segment);
      this.#options.fault?.("removed");
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
  }

  /** Segments of a dead process: its rows are shipped, and what it left running is over. */
  #take(segments: readonly SpoolSegment[], counts: ReadonlyMap<string, Counted>): void {
    const running = new Map<string, RunningRow>();
    for (const segment of segments) {
      let waiting = 0;
      for (const payload of this.#readable(segment)) {
        const record = readRecord(payload);
        if (record === undefined) continue;
        const { attemptId } = record.row;
        if (record.kind === "final") {
          waiting += 1;
          running.delete(attemptId);
        } else if (record.kind === "started") running.set(attemptId, record.row);
        else {
          const known = running.get(attemptId);
          // Without its beginning nothing is known of it but what it used, and nobody could be charged.
          if (known !== undefined) running.set(attemptId, { ...known, ...record.row });
        }
      }
      this.#pages.set(segment, { segment, open: 0, rows: undefined, waiting, since: this.#rt.clock.now() });
    }
    this.crashed += running.size;
    // First they stand here, then the segments may go.
    const prices = this.#options.prices();
    this.add([...running.values()].map((row) => crashedRow(row, counts.get(row.attemptId), prices)));
    this.#options.ready();
  }

  #readable(segment: SpoolSegment): readonly string[] {
    try {
      return segment.read();
    } catch {
      const { name, bytes } = segment;
      this.#options.report({ segment: name, what: "bad", at: 0, bytes });
      return [];
    }
  }

  /** Another process took this one for dead and has its segments: what runs and what is in memory is written again. */
  #again(): void {
    const rows = [...this.#pages.values()].flatMap((page) => page.rows ?? []);
    this.#pages.clear();
    for (const attempt of this.#open) attempt.page = undefined;
    // First, for these are never turned away: what the disk does not take waits in memory.
    this.add(rows);
    try {
      for (const attempt of this.#open) this.#carry(attempt);
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
  }
}

/** Somebody removed the file, or took its folder over. */
function isGone(e: unknown): boolean {
  return StoreError.is(e) && (e.cause as { code?: unknown } | undefined)?.code === "ENOENT";
}

function openLog(
  { folder, quota, segment, syncMs, syncRecords, report, fault }: BooksOptions,
  rt: Runtime,
  hear: Pick<SpoolOptions, "adopted" | "lost">,
): SpoolLog {
  if (folder === undefined) return memorySpool();
  const between = fault === undefined ? undefined : () => fault("writing");
  return new Spool({ folder, quota, segment, syncMs, syncRecords, report, between, ...hear }, rt);
}
