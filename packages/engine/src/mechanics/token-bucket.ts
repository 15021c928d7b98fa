// Token bucket: so much per time on average, so much at once; with debt and refund, in one number.

/** Waits below this count as none, milliseconds: what fractions lose must not keep a caller waiting for its own rounding. */
const NOTHING_MS = 1e-3;

/** What limits a stream of costs: both kinds of bucket. Times are monotonic milliseconds. */
export interface Bucket {
  /** How long a cost must wait if nobody else draws, after `ahead` has been drawn before it, milliseconds; 0 = it may go. */
  waitMs(cost: number, now: number, ahead?: number): number;
  /** Draws a cost, whether it may go or not: what is drawn too early is a debt. Below zero it is a refund. */
  draw(cost: number, now: number): void;
  /** What could be drawn now; below zero: the debt. */
  available(now: number): number;
}

/**
 * A token bucket kept as GCRA keeps it (ATM Forum TM 4.0, I.371): the one time at which it would be full again. Full at
 * the start. A cost above the burst goes when the bucket is full and leaves a debt, so nothing waits for ever. In any
 * span of time no more is let go than burst + rate * span, plus one cost above the burst.
 */
export class TokenBucket implements Bucket {
  readonly #rate: number;
  readonly #burst: number;
  #fullAt = Number.NEGATIVE_INFINITY;

  /**
   * @param rate tokens per millisecond, above 0
   * @param burst tokens that a full bucket holds, above 0
   */
  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
  }

  available(now: number): number {
    return this.#burst - Math.max(0, this.#fullAt - now) * this.#rate;
  }

  waitMs(cost: number, now: number, ahead = 0): number {
    const fullAt = Math.max(this.#fullAt, now) + ahead / this.#rate;
    const wait = fullAt - (this.#burst - Math.min(cost, this.#burst)) / this.#rate - now;
    return wait < NOTHING_MS ? 0 : wait;
  }

  draw(cost: number, now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + cost / this.#rate;
  }

  /** Draws the cost if it may go now; says whether it did. */
  take(cost: number, now: number): boolean {
    if (this.waitMs(cost, now) > 0) return false;
    this.draw(cost, now);
    return true;
  }
}
