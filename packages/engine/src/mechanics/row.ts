// Failures in a row, and when they are evidence: enough of them, of several requests, and not all from one hiccup.

/**
 * Of the failures in a row so many must be of attempts that went after the first of them had failed: five that were under
 * way together and fell to one hiccup are one piece of evidence, not five.
 */
const FRESH = 2;

/** Counts failures since the last success. Times are monotonic milliseconds. */
export class Row {
  #weight = 0;
  #first = "";
  #distinct = false;
  #from = 0;
  #fresh = 0;

  /** One more failure, of a request and an attempt that began at `startedAt`. */
  add(now: number, startedAt: number, weight: number, request: string): void {
    if (this.#weight === 0) {
      this.#first = request;
      this.#from = now;
      this.#fresh = 0;
      this.#distinct = false;
    } else if (request !== this.#first) this.#distinct = true;
    if (startedAt >= this.#from) this.#fresh += 1;
    this.#weight += weight;
  }

  /** Whether so many failures of at least two requests came without a success, some of them of attempts that knew no better. */
  ripe(count: number): boolean {
    return this.#weight >= count && this.#distinct && this.#fresh >= FRESH;
  }

  /** A success. */
  clear(): void {
    this.#weight = 0;
  }
}
