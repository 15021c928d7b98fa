// A pace: how often something happened of late, over the present span and the one before.

/** Counts events in spans. Times are monotonic milliseconds. */
export class Pace {
  /** Length of a span, milliseconds; may be changed at any time. */
  spanMs: number;
  #count = 0;
  #from = Number.NaN;
  #before = { count: 0, from: Number.NaN };

  constructor(spanMs: number) {
    this.spanMs = spanMs;
  }

  /** It happened. */
  add(now: number): void {
    this.#roll(now);
    this.#count += 1;
  }

  /** Events per millisecond over one span to two; 0 while not even one span is over. */
  perMs(now: number): number {
    this.#roll(now);
    const { count, from } = this.#before;
    return Number.isNaN(from) ? 0 : (this.#count + count) / Math.max(1, now - from);
  }

  #roll(now: number): void {
    if (Number.isNaN(this.#from)) this.#from = now;
    if (now - this.#from < this.spanMs) return;
    // A long silence is one span in which nothing happened.
    const quiet = now - this.#from >= 2 * this.spanMs;
    this.#before = quiet ? { count: 0, from: now - this.spanMs } : { count: this.#count, from: this.#from };
    this.#count = 0;
    this.#from = now;
  }
}
