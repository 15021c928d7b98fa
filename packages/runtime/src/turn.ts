// Work put off to the end of the current turn of the event loop, so that what many events cause leaves together.

/** Something that has work to do at the end of a turn. */
export interface Late {
  endOfTurn(): void;
}

/** So many calls wait at most: more would make the first of them wait longer than gathering is worth. */
const MAX_WAITING = 16;

/** Gathers calls and makes them, in order, after every event that is ready now has been handled. */
export class Turn {
  #waiting: Late[] = [];
  #set = false;
  readonly #end = () => {
    this.#set = false;
    this.#run();
  };

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.endOfTurn();
  }

  /** Calls `late.endOfTurn()` at the end of this turn, or when many wait, as often as it was asked for. */
  last(late: Late): void {
    const count = this.#waiting.push(late);
    if (count === 1) {
      if (this.#set) return;
      this.#set = true;
      setImmediate(this.#end);
    } else if (count >= MAX_WAITING) this.#run();
  }
}
