// The mean of skewed positive numbers, learned from few of them.

/** How far the logarithmic estimate may leave the plain mean, in standard errors of a mean with deviation 1. */
const TRUST = 2;

/**
 * A running mean for what is spread like a lognormal (lengths of answers). The plain mean of 200 draws with sigma 1.2 has
 * a standard error of 12.7 %; no unbiased estimator does better than 11.1 % (the bound of Cramér and Rao, reached by
 * `exp(mean of logs + variance of logs / 2)`). That one is used, held within `2 / sqrt(count)` of the plain mean, so that it
 * is right for other spreads too when there are many draws. Both means forget: from `memory` draws on they are moving
 * averages with weight `1 / memory`.
 */
export class SkewedMean {
  readonly #memory: number;
  #count = 0;
  #mean = 0;
  #logMean = 0;
  #logVariance = 0;

  constructor(memory: number) {
    this.#memory = memory;
  }

  /** Draws so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds one draw, >= 0. */
  add(value: number): void {
    this.#count += 1;
    const weight = 1 / Math.min(this.#count, this.#memory);
    this.#mean += weight * (value - this.#mean);
    // The variance of a weighted average's draws, updated in one pass (West 1979).
    const off = Math.log(Math.max(value, 1)) - this.#logMean;
    this.#logMean += weight * off;
    this.#logVariance = (1 - weight) * (this.#logVariance + weight * off * off);
  }

  /** The estimate; 0 before the first draw. */
  get value(): number {
    if (this.#count === 0) return 0;
    const logarithmic = Math.exp(this.#logMean + this.#logVariance / 2);
    const trust = Math.min(1, TRUST / Math.sqrt(this.#count));
    return Math.min(Math.max(logarithmic, this.#mean * (1 - trust)), this.#mean * (1 + trust));
  }
}
