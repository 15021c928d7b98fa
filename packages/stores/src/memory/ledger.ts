// The ledger in memory: for tests, and for a gateway that keeps nothing.

import { limitOf, wholeWithin } from "../bounds.ts";
import type { Ledger, LedgerFilter, LedgerPage, UsageDimension, UsageLine } from "../ledger.ts";
import { allLines, checkDimensions, cursorOf, hourOf, readCursor } from "../ledger-question.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { cleanRows, modelOf } from "../sql/ledger-columns.ts";
import { addRow, emptySums, type Sums } from "../usage-sums.ts";
import { PackedRows } from "./packed-rows.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Pages that rows stand in, of so many rows each at most: the oldest leave a page at a time. */
const PAGES = 8;

/** Rows kept; the oldest leave first, their sums stay, and a row that left long ago would count again. Default 10,000. */
export function memoryLedger(keep = 10_000): Ledger {
  const room = Math.max(1, Math.ceil(keep / PAGES));
  /** The oldest first; the last one is filled. */
  const pages: PackedRows[] = [];
  let spare: PackedRows | undefined;
  const known = new RecentIds(keep);
  const hours = new Map<string, Cell>();
  let last: Cell | undefined;
  const cellOf = (row: LedgerRow): Cell => {
    const hour = Math.floor(row.at / HOUR_MS) * HOUR_MS;
    if (last !== undefined && last.hour === hour && alike(last.row, row)) return last;
    const key = JSON.stringify([hour, row.project, row.keyId, modelOf(row), row.upstream, row.actor ?? ""]);
    last = hours.get(key);
    if (last === undefined) {
      last = { row: packed(row), hour, sums: emptySums() };
      hours.set(key, last);
    }
    return last;
  };
  const pageFor = (): PackedRows => {
    const page = pages.at(-1);
    if (page !== undefined && !page.full) return page;
    const next = spare ?? new PackedRows(room);
    spare = undefined;
    pages.push(next);
    // One more than are counted: the oldest is left piece by piece, and gone when none of it is.
    if (pages.length > PAGES + 1) {
      spare = pages.shift();
      spare?.clear();
    }
    return next;
  };
  /** Pages with the place of the first row in each that is still kept. */
  const kept = (): readonly (readonly [page: PackedRows, first: number])[] => {
    let over = pages.reduce((sum, { count }) => sum + count, -keep);
    return pages.map((page) => {
      const first = Math.min(page.count, Math.max(0, over));
      over -= page.count;
      return [page, first];
    });
  };
  return {
    async append(more) {
      let fresh = 0;
      for (const row of cleanRows(more)) {
        if (!known.add(row.attemptId)) continue;
        pageFor().add(row);
        fresh += 1;
        addRow(cellOf(row).sums, row);
      }
      return fresh;
    },
    async usage(filter, asked) {
      const by = checkDimensions(asked);
      const from = hourOf("from", filter.from);
      const to = hourOf("to", filter.to);
      const lines = new Map<string, { line: Partial<UsageLine>; sums: Sums }>();
      for (const { row, hour, sums } of hours.values()) {
        if (!matches({ ...filter, from, to }, row, hour)) continue;
        const line = dimensions(row, hour, by);
        const key = JSON.stringify(line);
        let found = lines.get(key);
        if (found === undefined) {
          found = { line, sums: emptySums() };
          lines.set(key, found);
        }
        const into = found.sums;
        for (const name of Object.keys(sums) as (keyof Sums)[]) {
          if (name === "picoUsd") into.picoUsd += sums.picoUsd;
          else into[name] += sums[name];
        }
      }
      return allLines([...lines.values()])
        .map(({ line, sums }): UsageLine => ({ ...line, ...sums }))
        .sort((a, b) => compare(a, b, by));
    },
    async rows(filter, limit, before): Promise<LedgerPage> {
      const most = limitOf(limit, 100);
      if (before !== undefined) readCursor(before);
      const all = kept()
        .flatMap(([page, first]) => rowsOf(page, first, filter))
        .filter((row) => matches(filter, row, row.at))
        .filter((row) => filter.requestId === undefined || row.requestId === filter.requestId)
        .sort((a, b) => b.at - a.at || (a.attemptId < b.attemptId ? 1 : -1))
        .filter((row) => before === undefined || cursorOf(row) < before);
      const page = all.slice(0, most);
      const last = page.at(-1);
      return { rows: page, next: all.length > page.length && last !== undefined ? cursorOf(last) : undefined };
    },
    async expire(before, limit) {
      wholeWithin("limit", limit, 1, 100_000, 1_000);
      let gone = 0;
      for (const [page, first] of kept()) {
        for (let i = first; i < page.count && gone < limit; i++) {
          if (!(page.at(i) < before)) continue;
          known.delete(page.row(i).attemptId);
          page.remove(i);
          gone += 1;
        }
      }
      return gone;
    },
  };
}

/** The last ids, so many at least. Two sets in turn: one from which the oldest is taken each time is moved again and again. */
class RecentIds {
  readonly #most: number;
  #recent = new Set<string>();
  #before = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** False when it was there. */
  add(id: string): boolean {
    if (this.#recent.has(id) || this.#before.has(id)) return false;
    if (this.#recent.size >= this.#most) {
      this.#before = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(id);
    return true;
  }

  delete(id: string): void {
    this.#recent.delete(id);
    this.#before.delete(id);
  }
}

/** The sums of an hour, and a row of those that they are of. */
interface Cell {
  readonly row: LedgerRow;
  readonly hour: number;
  readonly sums: Sums;
}

/** Whether two rows of one hour count in the same sums. */
function alike(a: LedgerRow, b: LedgerRow): boolean {
  return (
    a.project === b.project &&
    a.keyId === b.keyId &&
    modelOf(a) === modelOf(b) &&
    a.upstream === b.upstream &&
    (a.actor ?? "") === (b.actor ?? "")
  );
}

/** The row by itself: texts that were cut out of longer ones would keep all of these. */
function packed(row: LedgerRow): LedgerRow {
  const page = new PackedRows(1);
  page.add(row);
  return page.row(0);
}

/** Rows of a page from a place on that began in the time that is asked for. */
function rowsOf(page: PackedRows, first: number, { from = -Infinity, to = Infinity }: LedgerFilter): LedgerRow[] {
  const rows: LedgerRow[] = [];
  for (let i = first; i < page.count; i++) {
    const at = page.at(i);
    if (at >= from && at < to) rows.push(page.row(i));
  }
  return rows;
}

function matches(filter: LedgerFilter, row: LedgerRow, at: number): boolean {
  const { from, to, project, keyId, model, upstream } = filter;
  return (
    (from === undefined || at >= from) &&
    (to === undefined || at < to) &&
    (project === undefined || row.project === project) &&
    (keyId === undefined || row.keyId === keyId) &&
    (model === undefined || modelOf(row) === model) &&
    (upstream === undefined || row.upstream === upstream)
  );
}

function dimensions(row: LedgerRow, hour: number, by: readonly UsageDimension[]): Partial<UsageLine> {
  const line: { -readonly [K in keyof UsageLine]?: UsageLine[K] } = {};
  for (const one of by) {
    if (one === "hour") line.at = hour;
    else if (one === "day") line.at = Math.floor(hour / DAY_MS) * DAY_MS;
    else if (one === "project") line.project = row.project;
    else if (one === "key") line.keyId = row.keyId;
    else if (one === "model") line.model = modelOf(row);
    else if (one === "upstream") line.upstream = row.upstream;
    else line.actor = row.actor ?? "";
  }
  return line;
}

function compare(a: UsageLine, b: UsageLine, by: readonly UsageDimension[]): number {
  for (const one of by) {
    const name = one === "hour" || one === "day" ? "at" : one === "key" ? "keyId" : one;
    const left = a[name] ?? "";
    const right = b[name] ?? "";
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
