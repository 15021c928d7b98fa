// Leaky bucket: costs go one after the other at an even pace, with no burst.

import type { Bucket } from "./token-bucket.ts";

/**
 * The leaky bucket as a queue (Turner 1986): what goes keeps the next one back for as long as its cost takes at the rate.
 * A pause earns nothing. What turns out cheaper than was drawn lets the next one go sooner, but not before it came.
 */
export class LeakyBucket implements Bucket {
  readonly #rate: number;
  #emptyAt = Number.NEGATIVE_INFINITY;

  /** @param rate tokens per millisecond, above 0 */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** When a call may go that comes now, after all that was drawn, monotonic milliseconds. */
  nextAt(now: number): number {
    return Math.max(this.#emptyAt, now);
  }

  /** Books a call of this cost and says when it may go. */
  book(cost: number, now: number): number {
    const at = this.nextAt(now);
    this.draw(cost, now);
    return at;
  }

  available(now: number): number {
    return -Math.max(0, this.#emptyAt - now) * this.#rate;
  }

  waitMs(_cost: number, now: number, ahead = 0): number {
    return this.nextAt(now) + ahead / this.#rate - now;
  }

  draw(cost: number, now: number): void {
    this.#emptyAt = this.nextAt(now) + cost / this.#rate;
  }
}
