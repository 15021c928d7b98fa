// A bag: many things that come and go all the time, each of which knows its place in it.

/** What can be in one bag at a time. */
export interface Bagged {
  /** Its place in the bag it was put into last, -1 before; for the bag alone. */
  place: number;
}

/**
 * A set for the hot path. A `Set` would do the same, but one that thousands enter and leave each second grows new tables all
 * the time, and each old table keeps what was in it from being collected cheaply.
 */
export class Bag<T extends Bagged> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    return this.#items[item.place] === item;
  }

  /** Adds an item that is in no bag. */
  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  /** Takes an item out; false when it was not in. */
  delete(item: T): boolean {
    if (!this.has(item)) return false;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[item.place] = last;
      last.place = item.place;
    }
    return true;
  }

  /** All that are in at the moment, in no order; what comes or goes during the loop does not disturb it. */
  all(): readonly T[] {
    return this.#items.slice();
  }
}
