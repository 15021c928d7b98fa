// The ledger in memory: for tests, and for a gateway that keeps nothing.

import { limitOf, wholeWithin } from "../bounds.ts";
import type { Ledger, LedgerFilter, LedgerPage, UsageDimension, UsageLine } from "../ledger.ts";
import { checkDimensions, cursorOf, hourOf, readCursor } from "../ledger-question.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { cleanRows, modelOf } from "../sql/ledger-columns.ts";
import { addRow, emptySums, type Sums } from "../usage-sums.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_LINES = 100_000;

/** Rows kept; the oldest leave first, their sums stay, and a row that left would count again. Default 10,000. */
export function memoryLedger(keep = 10_000): Ledger {
  const rows = new Map<string, LedgerRow>();
  const hours = new Map<string, Cell>();
  // In the order in which they came, a ring: a map finds its oldest only by passing all that left before it.
  const order: string[] = [];
  let oldest = 0;
  let last: Cell | undefined;
  const cellOf = (row: LedgerRow): Cell => {
    const hour = Math.floor(row.at / HOUR_MS) * HOUR_MS;
    if (last !== undefined && last.hour === hour && alike(last.row, row)) return last;
    const key = JSON.stringify([hour, row.project, row.keyId, modelOf(row), row.upstream, row.actor ?? ""]);
    last = hours.get(key);
    if (last === undefined) {
      last = { row, hour, sums: emptySums() };
      hours.set(key, last);
    }
    return last;
  };
  return {
    async append(more) {
      let fresh = 0;
      for (const row of cleanRows(more)) {
        if (rows.has(row.attemptId)) continue;
        const kept = own(row);
        rows.set(kept.attemptId, kept);
        fresh += 1;
        addRow(cellOf(kept).sums, kept);
        if (order.length < keep) order.push(kept.attemptId);
        else {
          rows.delete(order[oldest] as string);
          order[oldest] = kept.attemptId;
          oldest = (oldest + 1) % keep;
        }
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
      return [...lines.values()]
        .map(({ line, sums }): UsageLine => ({ ...line, ...sums }))
        .sort((a, b) => compare(a, b, by))
        .slice(0, MAX_LINES);
    },
    async rows(filter, limit, before): Promise<LedgerPage> {
      const most = limitOf(limit, 100);
      if (before !== undefined) readCursor(before);
      const all = [...rows.values()]
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
      for (const [id, row] of rows) {
        if (gone >= limit) break;
        if (row.at >= before) continue;
        rows.delete(id);
        gone += 1;
      }
      return gone;
    },
  };
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

/** A text that was cut out of a longer one keeps all of that: a row must not keep whole heads of requests. */
function own(row: LedgerRow): LedgerRow {
  const kept: { -readonly [K in keyof LedgerRow]: LedgerRow[K] } = { ...row };
  for (const name of CUT_OUT) {
    const text = kept[name];
    // What is put together anew is a text of its own.
    if (text !== undefined) kept[name] = ` ${text}`.slice(1);
  }
  return kept;
}

const CUT_OUT = ["callerRequestId", "upstreamRequestId", "messageId", "session"] as const;

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
