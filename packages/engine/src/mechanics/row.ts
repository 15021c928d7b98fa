// Failures in a row, and when they are evidence: enough of them, of several requests, and not all from one hiccup.

/**
 * Of the failures in a row so many must be of attempts that went after the first of them had failed: five that were under
 * way together and fell to one hiccup are one piece of evidence, not five.
 */
const FRESH = 2;

/** Counts failures since the last success. Times are monotonic milliseconds. */
export class Row {
  #count = 0;
  #first = "";
  #distinct = false;
  #from = 0;
  #fresh = 0;

  /** Failures since the last success. */
  get count(): number {
    return this.#count;
  }

  /** One more failure, of a request and an attempt that began at `startedAt`. */
  add(now: number, startedAt: number, request: string): void {
    if (this.#count === 0) {
      this.#first = request;
      this.#from = now;
      this.#fresh = 0;
      this.#distinct = false;
    } else if (request !== this.#first) this.#distinct = true;
    if (startedAt >= this.#from) this.#fresh += 1;
    this.#count += 1;
  }

  /** Whether so many failures of at least two requests came without a success, some of them of attempts that knew no better. */
  ripe(count: number): boolean {
    return this.#count >= count && this.#distinct && this.#fresh >= Math.min(FRESH, count - 1);
  }

  /** A success. */
  clear(): void {
    this.#count = 0;
  }
}
