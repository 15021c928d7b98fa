// Whether a day's spend is out of the ordinary: compared with the median of earlier days, in units of their median deviation.

/** Spend of one project on one day. `day`: whole days since 1970-01-01 (UTC). */
export interface DaySpend {
  readonly project: string;
  readonly day: number;
  readonly usd: number;
}

/** What is ordinary for a day like it. */
export interface Ordinary {
  readonly median: number;
  /** What a day has to pass to be unusual. */
  readonly bound: number;
  /** How many days that rests on. */
  readonly days: number;
}

/**
 * 1.4826 times the median absolute deviation estimates the standard deviation of normal data (Rousseeuw and Croux,
 * "Alternatives to the Median Absolute Deviation", 1993); 3.5 of them is the cut for outliers of Iglewicz and Hoaglin (1993).
 */
const TO_SIGMA = 1.4826;
/** Days that are all alike have no deviation; a fifth of the median stands in for it at least. */
const LEAST_SHARE = 0.2;
/** So many days of the same weekday are enough to compare with these alone. */
const ENOUGH_WEEKDAYS = 4;
/** So many days are needed at all. */
const ENOUGH_DAYS = 7;

/**
 * What is ordinary for `day`, from the days before it: those of the same weekday when there are four of them, else all.
 * Days on which nothing was spent count as 0 from the first that is known. Undefined with fewer than seven days of history.
 */
export function ordinary(history: ReadonlyMap<number, number>, day: number, sigmas: number): Ordinary | undefined {
  const known = [...history.keys()].filter((one) => one < day);
  if (known.length === 0) return undefined;
  const first = Math.min(...known);
  const days: number[] = [];
  for (let one = Math.max(first, day - 56); one < day; one++) days.push(one);
  if (days.length < ENOUGH_DAYS) return undefined;
  const alike = days.filter((one) => (day - one) % 7 === 0);
  const used = alike.length >= ENOUGH_WEEKDAYS ? alike : days.slice(-28);
  const amounts = used.map((one) => history.get(one) ?? 0);
  const middle = median(amounts);
  const deviation = TO_SIGMA * median(amounts.map((one) => Math.abs(one - middle)));
  const spread = Math.max(deviation, LEAST_SHARE * middle);
  return { median: middle, bound: middle + sigmas * spread, days: used.length };
}

/** The middle of a list; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
