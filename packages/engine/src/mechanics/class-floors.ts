// Floors of classes: which class is behind its guaranteed share of what was served.

/** The largest cost fades by this factor with each one served, so that one giant does not set the bounds for ever. */
const FADE = 0.999;

/** A class that cannot be served although it waits saves up no more than this many of the largest costs. */
const SAVED = 4;

/**
 * One credit per class: each cost served adds the class's floor of it while the class waits, and what the class is
 * served itself is taken off. Above zero the class is behind its floor and goes first. Service that nobody else waited
 * for costs nothing, and a debt is never more than the largest single cost, so having used what was idle is not held
 * against a class for long. As long as all that waits can be served, a class that waits is never further behind
 * its floor than one largest cost per class.
 */
export class ClassFloors {
  readonly #floors: readonly number[];
  readonly #credits: Float64Array;
  #largest = 0;

  /** @param floors share of each class, of 1; together at most 1 */
  constructor(floors: readonly number[]) {
    this.#floors = floors;
    this.#credits = new Float64Array(floors.length);
  }

  /** Whether a class is behind its floor. */
  owed(which: number): boolean {
    return (this.#credits[which] as number) > 0;
  }

  /** A class's credit in shares of its floor: among equals the greater goes first, and they share as their floors do. */
  standing(which: number): number {
    return (this.#credits[which] as number) / Math.max(this.#floors[which] as number, 1e-9);
  }

  /** The credit as it is, in cost. */
  credit(which: number): number {
    return this.#credits[which] as number;
  }

  /**
   * A cost was served to a class, or its cost turned out to be so much more (below zero: less).
   * @param waits whether each class waited when it was chosen
   */
  served(which: number, cost: number, waits: readonly boolean[]): void {
    this.#largest = Math.max(this.#largest * FADE, Math.abs(cost));
    let alone = true;
    for (let i = 0; i < this.#floors.length; i++) if (i !== which && waits[i] === true) alone = false;
    for (let i = 0; i < this.#floors.length; i++) {
      let credit = (this.#credits[i] as number) + (this.#floors[i] as number) * cost;
      if (i === which) credit -= alone ? (this.#floors[i] as number) * cost : cost;
      if (waits[i] !== true) credit = Math.min(credit, Math.max(0, this.#credits[i] as number));
      this.#credits[i] = Math.min(Math.max(credit, -this.#largest), SAVED * this.#largest);
    }
  }

  /** A class has nobody waiting any more: it keeps what it owes and loses what it is owed. */
  emptied(which: number): void {
    this.#credits[which] = Math.min(0, this.#credits[which] as number);
  }
}
