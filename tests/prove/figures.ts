// Figures from histories: shares, quantiles, and how long a recovery takes.

import { type History, STATE } from "./history.ts";

/** The q-quantile (0 to 1) of numbers, nearest rank; NaN without any. Sorts in place. */
export function quantile(values: number[] | Float64Array, q: number): number {
  if (values.length === 0) return Number.NaN;
  values.sort((a: number, b: number) => a - b);
  return values[Math.min(values.length - 1, Math.max(0, Math.ceil(q * values.length) - 1))] as number;
}

/** Share of the requests that arrived in [from, to) which succeeded; NaN without any. */
export function successShare(history: History, from: number, to: number): number {
  let all = 0;
  let good = 0;
  for (const row of history.between(from, to)) {
    all += 1;
    if (history.state[row] === STATE.good) good += 1;
  }
  return good / all;
}

/** Requests that arrived in [from, to). */
export function arrivedIn(history: History, from: number, to: number): number {
  return history.first(to) - history.first(from);
}

/** Milliseconds that requests of a state took, from arrival to the outcome or to the end. */
export function times(history: History, from: number, to: number, state: number, until: "settled" | "ended"): number[] {
  const column = history[until];
  const list: number[] = [];
  for (const row of history.between(from, to)) {
    if (history.state[row] === state) list.push((column[row] as number) - (history.arrived[row] as number));
  }
  return list;
}

/** How long after `since` the first window of 5 s begins in which 95 % of arrivals succeed, in seconds; Infinity if never. */
export function recovery(history: History, since: number, to: number, windowMs = 5_000, share = 0.95): number {
  const step = 250;
  for (let from = since; from + windowMs <= to; from += step) {
    if (successShare(history, from, from + windowMs) >= share) return (from - since) / 1_000;
  }
  return Number.POSITIVE_INFINITY;
}

/** Counts of the requests in [from, to) that ended in a state. */
export function countIn(history: History, from: number, to: number, state: number): number {
  let count = 0;
  for (const row of history.between(from, to)) if (history.state[row] === state) count += 1;
  return count;
}

/** Sum of a series by second over [from, to) milliseconds. */
export function sumSeconds(series: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let second = Math.floor(from / 1_000); second < to / 1_000; second++) sum += series[second] ?? 0;
  return sum;
}

/** Adds one to a count by name. */
export function count(map: Map<string, number>, what: string): void {
  map.set(what, (map.get(what) ?? 0) + 1);
}
