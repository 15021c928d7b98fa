// Work put off to the end of the current turn of the event loop, so that what many events cause leaves together.

/** Something that has work to do at the end of a turn. */
export interface Late {
  endOfTurn(): void;
}

/** Gathers calls and makes them, in order, after every event that is ready now has been handled. */
export class Turn {
  #waiting: Late[] = [];
  readonly #run = () => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.endOfTurn();
  };

  /** Calls `late.endOfTurn()` at the end of this turn, as often as it was asked for. */
  last(late: Late): void {
    if (this.#waiting.push(late) === 1) setImmediate(this.#run);
  }
}
