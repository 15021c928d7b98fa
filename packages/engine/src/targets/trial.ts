// A trial: the copy of a request that finds out whether a target is well, one at a time and not too often.

/** From one copy to the next at least so long, milliseconds: the base of the back-off after overload. */
const APART_MS = 1_000;

/** Knows whether a copy is under way and when the newest one went. Times are monotonic milliseconds. */
export class Trial {
  /** What the copy was let through with, while it is under way. */
  #under: object | undefined;
  #wentAt = Number.NEGATIVE_INFINITY;

  /** Whether a copy may go. */
  due(now: number): boolean {
    return this.#under === undefined && now - this.#wentAt >= APART_MS;
  }

  /** A copy goes with these permits. */
  went(permits: object, now: number): void {
    this.#under = permits;
    this.#wentAt = now;
  }

  /** An attempt with these permits is over: it may have been the copy. */
  over(permits: object): void {
    if (this.#under === permits) this.#under = undefined;
  }
}
