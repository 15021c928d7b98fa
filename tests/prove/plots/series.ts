// From histories to lines: rates by second, shares of arrivals, and how long how many took.

import { quantile } from "../figures.ts";
import { type History, STATE } from "../history.ts";

/** Points of a line. */
export type Points = Array<readonly [x: number, y: number]>;

/** A count by whole second as a rate over windows of `width` seconds, from second 0 to `seconds`. */
export function rate(perSecond: readonly (number | undefined)[], seconds: number, width = 2): Points {
  const points: Points = [];
  for (let at = 0; at + width <= seconds; at += width) {
    let sum = 0;
    for (let second = at; second < at + width; second++) sum += perSecond[second] ?? 0;
    points.push([at + width / 2, sum / width]);
  }
  return points;
}

/** Counts what happened by whole second. */
export class Seconds {
  readonly counts: number[] = [];

  /** @param ms virtual milliseconds */
  add(ms: number, by = 1): void {
    const second = Math.floor(ms / 1_000);
    this.counts[second] = (this.counts[second] ?? 0) + by;
  }
}

/** Requests that ended well, by the second of their end. */
export function endedWell(history: History): Seconds {
  const seconds = new Seconds();
  for (let row = 0; row < history.count; row++) {
    if (history.state[row] === STATE.good) seconds.add(history.ended[row] as number);
  }
  return seconds;
}

/** A quantile of the seconds from arrival to the outcome, by time of arrival, in windows of `widthMs`. */
export function waits(history: History, to: number, widthMs: number, q: number): Points {
  const points: Points = [];
  for (let from = 0; from < to; from += widthMs) {
    const list: number[] = [];
    for (const row of history.between(from, from + widthMs)) {
      list.push((history.settled[row] as number) - (history.arrived[row] as number));
    }
    if (list.length > 0) points.push([(from + widthMs / 2) / 1_000, quantile(list, q) / 1_000]);
  }
  return points;
}

/** Which share of the values is larger than x: a point for each value, thinned to some hundreds. Values in order of size. */
export function slower(values: number[]): Points {
  values.sort((a, b) => a - b);
  const points: Points = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [i, value] of values.entries()) {
    const left = (values.length - i) / values.length;
    if (points.length > 0 && left > last * 0.985) continue;
    points.push([value, left]);
    last = left;
  }
  const most = values.at(-1);
  if (most !== undefined) points.push([most, 1 / values.length]);
  return points;
}

/** A count that grows, as a stair: a point at each time of the list, which is in order. Milliseconds become seconds. */
export function stair(timesMs: readonly number[], toMs: number): Points {
  const points: Points = [[0, 0]];
  for (const [i, at] of timesMs.entries()) points.push([at / 1_000, i + 1]);
  points.push([toMs / 1_000, timesMs.length]);
  return points;
}
