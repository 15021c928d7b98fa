// An account that fills up evenly: so much a minute, kept as what is missing, so that its limit may change while it runs.

/**
 * A token bucket with debt and refund (GCRA, ATM Forum TM 4.0, in the form of what is missing to be full). In any span of
 * time no more is drawn than `capacity + perMs * span`, plus one cost above the capacity: such a one goes when the account
 * is full, and leaves a debt. Times are monotonic milliseconds; one that goes back counts as none passed.
 */
export class RateAccount {
  #perMs: number;
  #capacity: number;
  #missing: number;
  #at: number;

  /**
   * @param perMs what comes back each millisecond, above 0
   * @param capacity what a full account holds, above 0
   * @param missing what is missing at the start. Default 0: full
   */
  constructor(perMs: number, capacity: number, now: number, missing = 0) {
    this.#perMs = perMs;
    this.#capacity = capacity;
    this.#missing = Math.max(0, missing);
    this.#at = now;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** What is missing to be full: more than the capacity while there is a debt. */
  missing(now: number): number {
    return Math.max(0, this.#missing - Math.max(0, now - this.#at) * this.#perMs);
  }

  /** What could be drawn now; below zero: the debt. */
  available(now: number): number {
    return this.#capacity - this.missing(now);
  }

  /** How long a cost must wait if nobody else draws, milliseconds; 0 when it may go now. */
  waitMs(cost: number, now: number): number {
    const short = Math.min(cost, this.#capacity) - this.available(now);
    // What rounding loses must not keep a caller away who comes back when told.
    return short <= this.#capacity * 1e-9 ? 0 : short / this.#perMs;
  }

  /** Draws a cost, whether it may go or not. Below zero it is a refund, which never fills it beyond its capacity. */
  draw(cost: number, now: number): void {
    this.#missing = Math.max(0, this.missing(now) + cost);
    this.#at = Math.max(this.#at, now);
  }

  /** Another limit from now on. What was drawn stays drawn. */
  resize(perMs: number, capacity: number, now: number): void {
    this.#missing = this.missing(now);
    this.#at = Math.max(this.#at, now);
    this.#perMs = perMs;
    this.#capacity = capacity;
  }

  /** When it is full again, milliseconds from now. */
  fullInMs(now: number): number {
    return this.missing(now) / this.#perMs;
  }
}
