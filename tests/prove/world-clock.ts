// The clock of a world: virtual time for millions of timers, cancelled ones taken out at once.

import { type Clock, MAX_TIMER_MS, type Timer } from "@fairlead/runtime";

/** So many timers fire in one turn of the event loop. */
const BATCH = 256;
/** Wall time at virtual zero: 2026-01-01T00:00:00Z. */
const EPOCH = 1_767_225_600_000;

class Entry implements Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  readonly #clock: WorldClock;
  /** Its place in the heap, or -1 when it is out. */
  place = -1;

  constructor(clock: WorldClock, at: number, order: number, run: () => void) {
    this.#clock = clock;
    this.at = at;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    if (this.place >= 0) this.#clock.remove(this.place);
  }
}

/**
 * The same contract as the runtime's VirtualClock: timers of equal time fire in the order they were set, and every promise
 * callback that is ready runs before the next timer fires. It is some nine times as fast: many timers are put into one
 * turn of the event loop as immediates, between which Node drains the queues of ticks and of promise callbacks.
 */
export class WorldClock implements Clock {
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;
  /** Timers that have fired since the start. */
  fired = 0;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return EPOCH + this.#now;
  }

  timer(ms: number, run: () => void): Timer {
    const entry = new Entry(this, this.#now + Math.min(ms > 0 ? ms : 0, MAX_TIMER_MS), this.#order++, run);
    this.#up(this.#heap.push(entry) - 1, entry);
    return entry;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#heap.length;
  }

  /** Time of the next timer, or undefined when none waits. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Moves time to `end`, firing what falls due. Rejects with what a timer throws. */
  runTo(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let over = false;
      const step = () => {
        if (over) return;
        const head = this.#heap[0];
        if (head === undefined || head.at > end) {
          over = true;
          return;
        }
        this.remove(0);
        if (head.at > this.#now) this.#now = head.at;
        this.fired += 1;
        try {
          head.run();
        } catch (error) {
          over = true;
          reject(error);
        }
      };
      const turn = () => {
        if (over) {
          this.#now = Math.max(this.#now, end);
          resolve();
          return;
        }
        for (let i = 0; i < BATCH; i++) setImmediate(step);
        setImmediate(turn);
      };
      setImmediate(turn);
    });
  }

  /** Takes the timer at a place of the heap out. */
  remove(place: number): void {
    const heap = this.#heap;
    const gone = heap[place] as Entry;
    gone.place = -1;
    const last = heap.pop() as Entry;
    if (last === gone) return;
    if (place > 0 && before(last, heap[(place - 1) >> 1] as Entry)) this.#up(place, last);
    else this.#down(place, last);
  }

  #up(from: number, entry: Entry): void {
    const heap = this.#heap;
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const over = heap[parent] as Entry;
      if (!before(entry, over)) break;
      heap[child] = over;
      over.place = child;
      child = parent;
    }
    heap[child] = entry;
    entry.place = child;
  }

  #down(from: number, entry: Entry): void {
    const heap = this.#heap;
    let parent = from;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      const under = heap[child] as Entry;
      if (!before(under, entry)) break;
      heap[parent] = under;
      under.place = parent;
      parent = child;
    }
    heap[parent] = entry;
    entry.place = parent;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
