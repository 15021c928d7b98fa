// The history of a world: what became of each request, in plain columns.

/** How a request ended. */
export const STATE = { pending: 0, good: 1, failed: 2, refused: 3, broken: 4, late: 5 } as const;

const GROW_FROM = 16_384;

/** One row per request, counted from 0 in the order of arrival. Times are virtual milliseconds. */
export class History {
  count = 0;
  arrived = new Float64Array(GROW_FROM);
  /** When the outcome was there: first content, or the failure. */
  settled = new Float64Array(GROW_FROM);
  /** When the last byte was there. */
  ended = new Float64Array(GROW_FROM);
  state = new Uint8Array(GROW_FROM);
  attempts = new Uint16Array(GROW_FROM);
  instance = new Uint16Array(GROW_FROM);
  /** What the world wants to remember: tenant, conversation, class of request. */
  tag = new Int32Array(GROW_FROM);
  /** When its newest attempt went out. */
  sent = new Float64Array(GROW_FROM);
  /** How often it ended; anything but 1 at the world's end is a defect. */
  ends = new Uint8Array(GROW_FROM);

  /** Adds a row. */
  add(at: number, instance: number, tag: number): number {
    const row = this.count;
    if (row === this.state.length) this.#grow();
    this.count = row + 1;
    this.arrived[row] = at;
    this.instance[row] = instance;
    this.tag[row] = tag;
    return row;
  }

  /** Rows that arrived in [from, to). */
  *between(from: number, to: number): Generator<number> {
    for (let row = this.first(from); row < this.count && this.#at(row) < to; row++) yield row;
  }

  /** The first row that arrived at or after a time. */
  first(from: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(row: number): number {
    return this.arrived[row] as number;
  }

  #grow(): void {
    const size = this.state.length * 2;
    this.arrived = grown(new Float64Array(size), this.arrived);
    this.settled = grown(new Float64Array(size), this.settled);
    this.ended = grown(new Float64Array(size), this.ended);
    this.sent = grown(new Float64Array(size), this.sent);
    this.state = grown(new Uint8Array(size), this.state);
    this.attempts = grown(new Uint16Array(size), this.attempts);
    this.instance = grown(new Uint16Array(size), this.instance);
    this.tag = grown(new Int32Array(size), this.tag);
    this.ends = grown(new Uint8Array(size), this.ends);
  }
}

function grown<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}
