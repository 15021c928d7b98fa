// The retry budget: a bucket that successes fill and repeats drain, so that retries stay a small share of traffic.

/**
 * gRPC's retry throttle (proposal A6), cost-weighted: starts full at `size` tokens, each success returns `refill`, a
 * repeat draws its cost and is allowed only while more than half is left. With 10 and 0.1 an outage gets five free
 * repeats in all, and then none until successes come again. No time-based reserve: idle time earns nothing.
 */
export class Budget {
  #size: number;
  #refill: number;
  #tokens: number;
  #denied = 0;

  constructor(size: number, refill: number) {
    this.#size = size;
    this.#refill = refill;
    this.#tokens = size;
  }

  /** Goes on with another size and refill; it is not filled by that. */
  retune(size: number, refill: number): void {
    this.#size = size;
    this.#refill = refill;
    this.#tokens = Math.min(this.#tokens, size);
  }

  /** Tokens left. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Draws that were denied so far. */
  get denied(): number {
    return this.#denied;
  }

  /** A request succeeded. */
  succeeded(): void {
    this.#tokens = Math.min(this.#size, this.#tokens + this.#refill);
  }

  /** Whether more than a share of the bucket is left, so that `draw` would pay. */
  affords(kept = 0.5): boolean {
    return this.#tokens > this.#size * kept;
  }

  /**
   * Draws `cost` when more than a share of the bucket is left; false means: do not repeat.
   * @param kept the share that must be left, 0.5 unless the request can wait better than others
   * @param counted whether a denial counts: not for who asks again and again
   */
  draw(cost: number, kept = 0.5, counted = true): boolean {
    if (cost === 0) return true;
    if (!this.affords(kept)) {
      if (counted) this.#denied += 1;
      return false;
    }
    this.#tokens = Math.max(0, this.#tokens - cost);
    return true;
  }
}
