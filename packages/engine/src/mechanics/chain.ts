// A doubly linked list: oldest and newest at hand, and any item taken out at once.

/** An item's place in a chain; needed to take it out. */
export interface Link<T> {
  readonly item: T;
  older: Link<T> | undefined;
  newer: Link<T> | undefined;
}

/** Items in the order in which they came. All calls are O(1). */
export class Chain<T> {
  #oldest: Link<T> | undefined;
  #newest: Link<T> | undefined;
  #size = 0;

  get oldest(): T | undefined {
    return this.#oldest?.item;
  }

  get newest(): T | undefined {
    return this.#newest?.item;
  }

  get size(): number {
    return this.#size;
  }

  append(item: T): Link<T> {
    const link: Link<T> = { item, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.#size += 1;
    return link;
  }

  /** Takes an item out; the link must be one of this chain that was not taken out yet. */
  remove(link: Link<T>): void {
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    this.#size -= 1;
  }
}
