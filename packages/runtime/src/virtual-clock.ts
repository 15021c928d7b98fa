// Virtual time: a queue of timers that a test or a world advances; nothing happens by itself.

import type { Clock, Timer } from "./clock.ts";

interface Entry {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/** A clock that moves only when told to. Timers of equal time fire in the order they were set. */
export class VirtualClock implements Clock {
  readonly #queue: Entry[] = [];
  readonly #epoch: number;
  #now = 0;
  #order = 0;

  /** @param epoch wall time at virtual zero, milliseconds since 1970 (default 2026-01-01T00:00:00Z) */
  constructor(epoch = 1_767_225_600_000) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  timer(ms: number, run: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(ms, 0), order: this.#order++, run };
    this.#push(entry);
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  /** Milliseconds until the next live timer, or undefined when none waits. */
  next(): number | undefined {
    this.#dropCancelled();
    const head = this.#queue[0];
    return head === undefined ? undefined : head.at - this.#now;
  }

  /**
   * Moves time forward by `ms`, firing every timer that falls due, in order. Between two timers all pending
   * promise callbacks run, so code that awaits sees virtual time exactly as it would real time.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      this.#dropCancelled();
      const head = this.#queue[0];
      if (head === undefined || head.at > end) break;
      this.#pop();
      this.#now = Math.max(this.#now, head.at);
      const run = head.run;
      head.run = undefined;
      run?.();
      await settle();
    }
    this.#now = end;
  }

  /**
   * Advances until `work` settles or no timer is left, at most `limit` virtual milliseconds (default one day).
   * Rejects when the work is still pending then: it waits for something that virtual time does not hold.
   */
  async runUntil<T>(work: Promise<T>, limit = 86_400_000): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    work.then(mark, mark);
    const end = this.#now + limit;
    await settle();
    while (!settled) {
      const wait = this.next();
      if (wait === undefined || this.#now + wait > end) {
        await settle();
        if (settled) break;
        throw new Error(`virtual time stands still at ${this.#now} ms: the awaited work has no timer left to wake it`);
      }
      await this.advance(wait);
    }
    return work;
  }

  #dropCancelled(): void {
    while (this.#queue.length > 0 && this.#queue[0]?.run === undefined) this.#pop();
  }

  #push(entry: Entry): void {
    const queue = this.#queue;
    queue.push(entry);
    let child = queue.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(queue[child] as Entry, queue[parent] as Entry)) break;
      swap(queue, child, parent);
      child = parent;
    }
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return;
    queue[0] = last;
    let parent = 0;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && before(queue[child + 1] as Entry, queue[child] as Entry)) child += 1;
      if (!before(queue[child] as Entry, queue[parent] as Entry)) break;
      swap(queue, child, parent);
      parent = child;
    }
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function swap(queue: Entry[], a: number, b: number): void {
  const held = queue[a] as Entry;
  queue[a] = queue[b] as Entry;
  queue[b] = held;
}

/** Lets every promise callback that is ready run, chains included: an immediate comes after the microtask queue. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
