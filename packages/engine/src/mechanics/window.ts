// A sliding window of weighted successes and failures, in one-second buckets.

/** Counts over the last `seconds` whole seconds. Weights are at most 1. */
export class Window {
  readonly #seconds: number;
  readonly #good: Float64Array;
  readonly #bad: Float64Array;
  readonly #stamp: Float64Array;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#good = new Float64Array(seconds);
    this.#bad = new Float64Array(seconds);
    this.#stamp = new Float64Array(seconds).fill(-1);
  }

  /** Adds one sample at monotonic `now` (milliseconds): `bad` its weight as a failure, 0 for a success. */
  add(now: number, bad: number): void {
    const second = Math.floor(now / 1_000);
    const slot = second % this.#seconds;
    if (this.#stamp[slot] !== second) {
      this.#stamp[slot] = second;
      this.#good[slot] = 0;
      this.#bad[slot] = 0;
    }
    if (bad > 0) this.#bad[slot] = (this.#bad[slot] as number) + bad;
    else this.#good[slot] = (this.#good[slot] as number) + 1;
  }

  /** Totals of the window at monotonic `now`. */
  totals(now: number): { readonly good: number; readonly bad: number } {
    const second = Math.floor(now / 1_000);
    let good = 0;
    let bad = 0;
    for (let slot = 0; slot < this.#seconds; slot++) {
      const stamp = this.#stamp[slot] as number;
      if (stamp < 0 || second - stamp >= this.#seconds) continue;
      good += this.#good[slot] as number;
      bad += this.#bad[slot] as number;
    }
    return { good, bad };
  }

  /** Forgets everything. */
  clear(): void {
    this.#stamp.fill(-1);
  }
}

/** Lower bound of Wilson's interval for a share of `bad` in `total`; 0 when there is no sample. `z` 1.96 is the 95 % interval. */
export function wilsonLower(bad: number, total: number, z = 1.96): number {
  if (total <= 0) return 0;
  const share = Math.min(1, bad / total);
  const centre = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share) + (z * z) / (4 * total)) / total);
  return Math.max(0, (centre - spread) / (1 + (z * z) / total));
}
