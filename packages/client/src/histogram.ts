// A log-linear histogram: percentiles of times with a known error and a bounded memory.

/** Sub-buckets of each power of two: a percentile is at most 1/32 (3.2 %) too high. */
const STEPS = 32;
/** Values are kept in tenths of a millisecond, up to 2^36 of them (some 79 days). */
const UNIT = 10;
const MAX_POWER = 36;
const SIZE = (MAX_POWER - 4) * STEPS;

/** Percentiles of a set of times, milliseconds. All 0 when there is none. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts of times, milliseconds. Some 4 KB each, made at the first value. */
export class Histogram {
  #counts: Uint32Array | undefined;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** Adds one time; below 0 counts as 0. */
  add(ms: number): void {
    const value = Math.max(0, ms);
    this.#counts ??= new Uint32Array(SIZE);
    const at = slotOf(value);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds all of another histogram. */
  merge(other: Histogram): void {
    if (other.#counts === undefined) return;
    this.#counts ??= new Uint32Array(SIZE);
    for (let i = 0; i < SIZE; i++) this.#counts[i] = (this.#counts[i] ?? 0) + (other.#counts[i] ?? 0);
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(): void {
    this.#counts = undefined;
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
  }

  percentiles(): Percentiles {
    const count = this.#count;
    return {
      count,
      mean: count === 0 ? 0 : round(this.#sum / count),
      p50: this.#at(0.5),
      p95: this.#at(0.95),
      p99: this.#at(0.99),
      max: round(this.#max),
    };
  }

  /** The upper end of the bucket that holds the value of this rank; never above the largest value seen. */
  #at(share: number): number {
    if (this.#counts === undefined) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let i = 0; i < SIZE; i++) {
      seen += this.#counts[i] ?? 0;
      if (seen >= rank) return round(Math.min(upperEnd(i), this.#max));
    }
    return round(this.#max);
  }
}

function slotOf(ms: number): number {
  const value = Math.min(Math.floor(ms * UNIT), 2 ** MAX_POWER - 1);
  if (value < STEPS) return value;
  const power = Math.floor(Math.log2(value));
  const step = Math.floor(value / 2 ** (power - 5)) - STEPS;
  return Math.min(SIZE - 1, (power - 4) * STEPS + step);
}

function upperEnd(slot: number): number {
  if (slot < STEPS) return (slot + 1) / UNIT;
  const power = Math.floor(slot / STEPS) + 4;
  return ((STEPS + (slot % STEPS) + 1) * 2 ** (power - 5)) / UNIT;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
