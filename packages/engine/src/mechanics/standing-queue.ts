// A standing queue: since when somebody has been waiting without a break, and when the next one is dropped for it.

/**
 * CoDel (Nichols and Jacobson, RFC 8289) over time instead of packets: when the queue has not been empty for a whole
 * interval it stands, and while its oldest has waited longer than the target, one is dropped after interval / sqrt(count)
 * each. It stands until it is empty. All times are milliseconds, monotonic.
 */
export class StandingQueue {
  readonly #least: { readonly targetMs: number; readonly intervalMs: number };
  #targetMs: number;
  #intervalMs: number;
  #busySince = Number.POSITIVE_INFINITY;
  #nextDrop = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor(targetMs: number, intervalMs: number) {
    this.#least = { targetMs, intervalMs };
    this.#targetMs = targetMs;
    this.#intervalMs = intervalMs;
  }

  /** Target and interval are no shorter than these from now on, milliseconds. */
  pace(targetMs: number, intervalMs: number): void {
    this.#targetMs = Math.max(this.#least.targetMs, targetMs);
    this.#intervalMs = Math.max(this.#least.intervalMs, intervalMs);
  }

  /** Somebody waits where nobody did. */
  filled(now: number): void {
    this.#busySince = now;
    this.#nextDrop = now + this.#intervalMs;
    this.#count = 0;
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#busySince = Number.POSITIVE_INFINITY;
    this.#nextDrop = Number.POSITIVE_INFINITY;
  }

  stands(now: number): boolean {
    return now >= this.#busySince + this.#intervalMs;
  }

  /** When the next one is dropped if the oldest has waited since `oldestSince`. */
  dropAt(oldestSince: number): number {
    return Math.max(this.#nextDrop, oldestSince + this.#targetMs);
  }

  /** One was dropped that was due at `at`. */
  dropped(at: number): void {
    this.#count += 1;
    this.#nextDrop = at + this.#intervalMs / Math.sqrt(this.#count);
  }
}
