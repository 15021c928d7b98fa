// Long timers, of which a server keeps thousands and which hardly ever fire: a wheel instead of a system timer each.

import type { Timer } from "./clock.ts";

/** Width of a slot, milliseconds: a timer fires at most this much late. */
const SLOT_MS = 100;
/** Slots of the wheel, a power of two: one round takes 102 s, longer timers wait for later rounds. */
const SLOTS = 1_024;

class Entry implements Timer {
  run: (() => void) | undefined;
  readonly tick: number;
  readonly #wheel: CoarseTimers;

  constructor(run: () => void, tick: number, wheel: CoarseTimers) {
    this.run = run;
    this.tick = tick;
    this.#wheel = wheel;
  }

  cancel(): void {
    if (this.run === undefined) return;
    this.run = undefined;
    this.#wheel.cancelled();
  }
}

/** A wheel of timers that runs only while it holds some. */
export class CoarseTimers {
  readonly #slots: Entry[][] = Array.from({ length: SLOTS }, () => []);
  readonly #now: () => number;
  #tick = 0;
  /** Entries in the slots, and those of them that were not cancelled. */
  #count = 0;
  #live = 0;
  #handle: ReturnType<typeof setTimeout> | undefined;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Calls `run` after at least `ms` milliseconds and at most 100 more. */
  set(ms: number, run: () => void): Timer {
    if (this.#handle === undefined) {
      this.#tick = Math.floor(this.#now() / SLOT_MS);
      this.#handle = setTimeout(this.#turn, SLOT_MS);
    }
    const entry = new Entry(run, Math.ceil((this.#now() + ms) / SLOT_MS), this);
    (this.#slots[entry.tick & (SLOTS - 1)] as Entry[]).push(entry);
    this.#count += 1;
    this.#live += 1;
    if (this.#live === 1) this.#handle.ref();
    return entry;
  }

  /** An entry was cancelled. With none left that wants to fire, the wheel must not keep a program alive. */
  cancelled(): void {
    this.#live -= 1;
    if (this.#live === 0) this.#handle?.unref();
  }

  readonly #turn = (): void => {
    const until = Math.floor(this.#now() / SLOT_MS);
    const due: Entry[] = [];
    // After a long halt of the process every slot is looked at once, not once per tick that was missed.
    for (let tick = Math.max(this.#tick + 1, until - SLOTS + 1); tick <= until; tick++) {
      const slot = this.#slots[tick & (SLOTS - 1)] as Entry[];
      if (slot.length === 0) continue;
      const later: Entry[] = [];
      for (const entry of slot) {
        if (entry.run === undefined) this.#count -= 1;
        else if (entry.tick <= until) due.push(entry);
        else later.push(entry);
      }
      this.#slots[tick & (SLOTS - 1)] = later;
    }
    this.#tick = until;
    this.#count -= due.length;
    this.#handle = this.#count > 0 ? setTimeout(this.#turn, SLOT_MS) : undefined;
    for (const entry of due) {
      const run = entry.run;
      // Cancelled by one that fired before it.
      if (run === undefined) continue;
      entry.run = undefined;
      this.#live -= 1;
      run();
    }
    if (this.#live === 0) this.#handle?.unref();
  };
}
