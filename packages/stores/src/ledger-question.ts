// What may be asked of the ledger, checked the same way by every store.

import type { UsageDimension } from "./ledger.ts";
import { StoreError } from "./store-error.ts";

const HOUR_MS = 3_600_000;

/** Where the next page begins. */
export function cursorOf(row: { readonly at: number; readonly attemptId: string }): string {
  return `${String(row.at).padStart(15, "0")}:${row.attemptId}`;
}

/** Throws `invalid` for what `cursorOf` did not write. */
export function readCursor(text: string): { readonly at: number; readonly attemptId: string } {
  const found = /^(\d{15,16}):([^\0]{1,200})$/.exec(text);
  if (found === null)
    throw new StoreError("invalid", "this is no `next` of a page of the ledger: begin again without it");
  return { at: Number(found[1]), attemptId: found[2] as string };
}

/** Each dimension once. Throws `invalid` for what is none, and for hour and day at once. */
export function checkDimensions(by: readonly UsageDimension[]): readonly UsageDimension[] {
  const unknown = by.find((one) => !KNOWN.includes(one));
  if (unknown !== undefined)
    throw new StoreError("invalid", `usage cannot be asked by "${String(unknown)}": only by ${KNOWN.join(", ")}`);
  if (by.includes("hour") && by.includes("day"))
    throw new StoreError("invalid", "usage can be asked by hour or by day, not by both at once");
  return [...new Set(by)];
}

/** Lines of usage that an answer has at most. */
export const MOST_LINES = 100_000;

/** The lines that were found. Throws `invalid` for more than there may be: sums over a part of them would be wrong. */
export function allLines<T>(lines: readonly T[]): readonly T[] {
  if (lines.length <= MOST_LINES) return lines;
  const fix = "ask for a shorter time, for one project or key, or by fewer dimensions";
  throw new StoreError("invalid", `usage has more than ${MOST_LINES} lines: ${fix}`);
}

const KNOWN: readonly UsageDimension[] = ["hour", "day", "project", "key", "model", "upstream", "actor"];

/** A bound in whole milliseconds. Throws `invalid` for what is no time. */
export function timeOf(what: string, time: number): number {
  if (!Number.isFinite(time)) throw new StoreError("invalid", `${what} is ${time}: give Unix milliseconds`);
  return Math.trunc(time);
}

/** The beginning of a bound's hour, or undefined when there is no bound. */
export function hourOf(what: string, time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.floor(timeOf(what, time) / HOUR_MS) * HOUR_MS;
}
