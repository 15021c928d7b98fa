// Looks into the ledger that wait until what is on its way there has arrived.

import type { Clock, Timer } from "@fairlead/runtime";

/** Rows of a process that was killed, and those of a time without a store, have arrived by then, milliseconds. */
const ARRIVES_MS = 10_000;

/** Calls `look` for each of what it was given, a while later; once more for what it was given again meanwhile. */
export class LateLooks<T> {
  readonly #clock: Clock;
  readonly #look: (one: T) => void;
  /** When each is due, and when it is due again; the first due first. */
  readonly #due = new Map<T, { readonly at: number; again: number | undefined }>();
  #timer: Timer | undefined;

  constructor(clock: Clock, look: (one: T) => void) {
    this.#clock = clock;
    this.#look = look;
  }

  add(all: Iterable<T>): void {
    const at = this.#clock.now() + ARRIVES_MS;
    for (const one of all) {
      const before = this.#due.get(one);
      if (before === undefined) this.#due.set(one, { at, again: undefined });
      else before.again = at;
    }
    this.#plan();
  }

  /** Nothing is looked at any more. */
  close(): void {
    this.#timer?.cancel();
    this.#due.clear();
  }

  #plan(): void {
    const [first] = this.#due.values();
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = this.#clock.timer(Math.max(0, first.at - this.#clock.now()), () => {
      this.#timer = undefined;
      const now = this.#clock.now();
      for (const [one, { at, again }] of [...this.#due]) {
        if (at > now) continue;
        this.#due.delete(one);
        if (again !== undefined) this.#due.set(one, { at: again, again: undefined });
        this.#look(one);
      }
      this.#plan();
    });
  }
}
