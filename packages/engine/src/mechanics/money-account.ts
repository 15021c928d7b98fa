// An account of money: a budget for each window of the calendar, in whole pico-dollars, exact.

/** Start and end of the window that a time is in, Unix milliseconds. */
export type WindowAt = (wall: number) => { readonly start: number; readonly end: number };

/** A clock that goes back at most so far before a window that has begun leaves that window open, milliseconds. */
const CLOCK_STEP_MS = 60_000;

/**
 * A budget that begins anew with each hour, day or month in UTC. A clock that goes back does not give money back: after a small
 * step the window that has begun goes on, after a large one what was spent stays spent until the window that the clock
 * then tells has ended. Times are Unix milliseconds.
 */
export class MoneyAccount {
  readonly #windowAt: WindowAt;
  #limit: number;
  #spent = 0n;
  #start: number;
  #end: number;

  /** @param limit pico-dollars, whole */
  constructor(windowAt: WindowAt, limit: number, wall: number) {
    this.#windowAt = windowAt;
    this.#limit = limit;
    ({ start: this.#start, end: this.#end } = windowAt(wall));
  }

  /** The window that a time is in, as its start: what is spent now belongs to it. */
  window(wall: number): number {
    this.#turn(wall);
    return this.#start;
  }

  /** Pico-dollars spent in the window. */
  spent(wall: number): bigint {
    this.#turn(wall);
    return this.#spent;
  }

  /** What is left of it, pico-dollars; below zero when more was spent. */
  left(wall: number): number {
    return Number(BigInt(this.#limit) - this.spent(wall));
  }

  /** How long a cost must wait, milliseconds: 0, or until the window ends. One above the limit goes while nothing is spent. */
  waitMs(cost: number, wall: number): number {
    const left = this.left(wall);
    return left > 0 && left >= Math.min(cost, this.#limit) ? 0 : this.#end - wall;
  }

  /** Spends, or takes back when below zero, in the window that began at `window`; in another than the one now it is past. */
  settle(pico: number, window: number, wall: number): void {
    this.#turn(wall);
    if (window !== this.#start) return;
    const spent = this.#spent + BigInt(pico);
    this.#spent = spent < 0n ? 0n : spent;
  }

  /** Adds what was spent in the window before this account was made. */
  add(pico: bigint, window: number, wall: number): void {
    this.#turn(wall);
    if (window === this.#start) this.#spent += pico;
  }

  /** Another limit from now on. What was spent stays spent. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  /** When the window ends, Unix milliseconds. */
  ends(wall: number): number {
    this.#turn(wall);
    return this.#end;
  }

  #turn(wall: number): void {
    if (wall >= this.#start - CLOCK_STEP_MS && wall < this.#end) return;
    if (wall >= this.#end) this.#spent = 0n;
    ({ start: this.#start, end: this.#end } = this.#windowAt(wall));
  }
}
