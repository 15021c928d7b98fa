// A log-linear histogram of times, as in HdrHistogram: percentiles with a known error, and bars to draw.

/** Steps in each power of two: a percentile is at most 1/64 (1.6 %) too high. */
const STEPS = 64;
const STEP_BITS = 6;
/** Times are kept in whole microseconds up to 2^40 (some 12 days). */
const MAX_POWER = 40;
const SIZE = (MAX_POWER - STEP_BITS + 1) * STEPS;

/** Percentiles of a set of times, milliseconds. All 0 when there is none. */
export interface Times {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** One bar: so many times were over `fromMs` and at most `toMs`. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Counts of times, milliseconds. */
export class Histogram {
  readonly #counts = new Float64Array(SIZE);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds one time; below 0 counts as 0. */
  add(ms: number): void {
    const value = Math.max(0, ms);
    const slot = slotOf(value * 1_000);
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#count += 1;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    if (value < this.#min) this.#min = value;
  }

  /** The time that a share (0 to 1) of all times does not exceed, milliseconds. */
  at(share: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let i = 0; i < SIZE; i++) {
      seen += this.#counts[i] as number;
      if (seen >= rank) return Math.min(upperEnd(i) / 1_000, this.#max);
    }
    return this.#max;
  }

  times(): Times {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.at(0.5),
      p90: this.at(0.9),
      p95: this.at(0.95),
      p99: this.at(0.99),
      p999: this.at(0.999),
      max: this.#max,
    };
  }

  /** At most `most` bars with round bounds from the lowest to the highest time, those without a time between them too. */
  bars(most: number): readonly Bar[] {
    if (this.#count === 0) return [];
    const low = Math.max(this.#min, 0.001);
    const high = Math.max(this.#max, low);
    const bounds = SERIES.map((series) => boundsBetween(series, low, high)).find((one) => one.length <= most + 1);
    const edges = bounds ?? [low, high * 1.01];
    const bars = edges.slice(1).map((toMs, i) => ({ fromMs: edges[i] as number, toMs, count: 0 }));
    let bar = 0;
    for (let i = 0; i < SIZE; i++) {
      const count = this.#counts[i] as number;
      if (count === 0) continue;
      const time = Math.min(upperEnd(i) / 1_000, this.#max);
      while (bar < bars.length - 1 && time > (bars[bar] as Bar).toMs) bar += 1;
      (bars[bar] as { count: number }).count += count;
    }
    return bars;
  }
}

/** Round numbers within a decade, from fine to coarse (the preferred numbers of ISO 3, rounded, and 1-2-5). */
const SERIES: ReadonlyArray<readonly number[]> = [
  [1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9],
  [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8],
  [1, 1.6, 2.5, 4, 6.3],
  [1, 2, 5],
  [1],
];

/** The numbers of a series that surround what lies between `low` and `high`, the first at or below, the last at or above. */
function boundsBetween(series: readonly number[], low: number, high: number): number[] {
  const bounds: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)) + 1; power++) {
    for (const one of series) {
      const bound = power < 0 ? one / 10 ** -power : one * 10 ** power;
      if (bound <= low) bounds.length = 0;
      bounds.push(bound);
      if (bound >= high && bounds.length > 1) return bounds;
    }
  }
  return bounds;
}

function slotOf(microseconds: number): number {
  const value = Math.min(Math.ceil(microseconds), 2 ** MAX_POWER - 1);
  if (value < STEPS) return value;
  const power = Math.floor(Math.log2(value));
  const step = Math.floor(value / 2 ** (power - STEP_BITS)) - STEPS;
  return (power - STEP_BITS + 1) * STEPS + step;
}

/** The largest whole number of microseconds in a slot. */
function upperEnd(slot: number): number {
  if (slot < STEPS) return slot;
  const power = Math.floor(slot / STEPS) - 1 + STEP_BITS;
  return (STEPS + (slot % STEPS) + 1) * 2 ** (power - STEP_BITS) - 1;
}
