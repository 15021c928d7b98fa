// A standing queue: since when somebody has been waiting without a break, and when the next one is dropped for it.

/** How long is too long, milliseconds; may be changed at any time. */
export interface Patience {
  /** Wait that is no sign of trouble. */
  targetMs: number;
  /** Whoever has not been quick for so long stands. */
  intervalMs: number;
}

/**
 * CoDel (Nichols and Jacobson, RFC 8289) over time instead of packets: when for a whole interval the queue was not empty
 * and nobody went from it who had waited less than the target, it stands, and while its oldest has waited longer than
 * that, one is dropped after interval / sqrt(count) each. It stands until it is empty: with the newest first, whoever goes
 * then is quick and says nothing. All times are milliseconds, monotonic.
 */
export class StandingQueue {
  readonly #patience: Readonly<Patience>;
  #busySince = Number.POSITIVE_INFINITY;
  #nextDrop = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor(patience: Readonly<Patience>) {
    this.#patience = patience;
  }

  /** Somebody waits where nobody did. */
  filled(now: number): void {
    this.#busySince = now;
    this.#nextDrop = now + this.#patience.intervalMs;
    this.#count = 0;
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#busySince = Number.POSITIVE_INFINITY;
    this.#nextDrop = Number.POSITIVE_INFINITY;
  }

  /** One goes that has waited since `since`: when that is not long, a queue that does not stand yet begins anew. */
  relieved(now: number, since: number): void {
    if (now - since < this.#patience.targetMs && !this.stands(now)) this.filled(now);
  }

  stands(now: number): boolean {
    return now >= this.#busySince + this.#patience.intervalMs;
  }

  /** When the next one is dropped if the oldest has waited since `oldestSince`. */
  dropAt(oldestSince: number): number {
    return Math.max(this.#nextDrop, oldestSince + this.#patience.targetMs);
  }

  /** One was dropped that was due at `at`. */
  dropped(at: number): void {
    this.#count += 1;
    this.#nextDrop = at + this.#patience.intervalMs / Math.sqrt(this.#count);
  }
}
