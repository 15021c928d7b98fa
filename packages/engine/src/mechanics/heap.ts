// A binary heap whose items know their places in it, so that any of them can be taken out or moved.

/** What can stand in a heap: `places[slot]` is written by the heap that has the slot, -1 or absent while outside. */
export interface HeapItem {
  readonly places: number[];
}

/** A heap of items in the order of `before`. All changes are O(log n). An item may stand in several heaps, each with a slot of its own. */
export class Heap<T extends HeapItem> {
  readonly #slot: number;
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  /** @param before a strict order; with ties the result would hang on the order of calls */
  constructor(slot: number, before: (a: T, b: T) => boolean) {
    this.#slot = slot;
    this.#before = before;
  }

  /** The item that comes before all others. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** All items, in no order worth naming. */
  get items(): readonly T[] {
    return this.#items;
  }

  has(item: T): boolean {
    return (item.places[this.#slot] ?? -1) >= 0;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#up(this.#items.length - 1, item);
  }

  /** Takes an item out, wherever it stands; one that is outside is left alone. */
  remove(item: T): void {
    const at = item.places[this.#slot] ?? -1;
    if (at < 0) return;
    item.places[this.#slot] = -1;
    const last = this.#items.pop() as T;
    if (last !== item) this.#settle(at, last);
  }

  /** What the order hangs on has changed for this item. */
  moved(item: T): void {
    const at = item.places[this.#slot] ?? -1;
    if (at >= 0) this.#settle(at, item);
  }

  #settle(at: number, item: T): void {
    const parent = this.#items[(at - 1) >> 1];
    if (at > 0 && parent !== undefined && this.#before(item, parent)) this.#up(at, item);
    else this.#down(at, item);
  }

  #up(from: number, item: T): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent] as T;
      if (!this.#before(item, above)) break;
      this.#put(at, above);
      at = parent;
    }
    this.#put(at, item);
  }

  #down(from: number, item: T): void {
    const { length } = this.#items;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#before(this.#items[child + 1] as T, this.#items[child] as T)) child += 1;
      const below = this.#items[child] as T;
      if (!this.#before(below, item)) break;
      this.#put(at, below);
      at = child;
    }
    this.#put(at, item);
  }

  #put(at: number, item: T): void {
    this.#items[at] = item;
    item.places[this.#slot] = at;
  }
}
