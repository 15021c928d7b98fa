// Long timers, of which a server sets thousands a second and which hardly ever fire: a wheel instead of a system timer each.

import type { Timer } from "./clock.ts";

/** Width of a slot, milliseconds: a timer fires at most this much late. */
const SLOT_MS = 100;
/** Slots of the wheel, a power of two: one round takes 102 s, longer timers wait for later rounds. */
const SLOTS = 1_024;

class Entry implements Timer {
  readonly run: () => void;
  readonly tick: number;
  readonly #wheel: { left(): void };
  /** Where it stands, so that cancelling takes it out at once: what is cancelled must not be kept alive. */
  slot: Entry[] | undefined;
  at: number;

  constructor(run: () => void, tick: number, slot: Entry[], wheel: { left(): void }) {
    this.#wheel = wheel;
    this.run = run;
    this.tick = tick;
    this.slot = slot;
    this.at = slot.push(this) - 1;
  }

  cancel(): void {
    const { slot } = this;
    if (slot === undefined) return;
    this.slot = undefined;
    this.#wheel.left();
    const last = slot.pop() as Entry;
    if (last === this) return;
    slot[this.at] = last;
    last.at = this.at;
  }
}

/** A wheel of timers. It turns only while timers are set. */
export class CoarseTimers {
  readonly #slots: Entry[][] = Array.from({ length: SLOTS }, () => []);
  readonly #now: () => number;
  #tick = 0;
  #count = 0;
  #handle: ReturnType<typeof setTimeout> | undefined;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Calls `run` after at least `ms` milliseconds and at most 100 more. */
  set(ms: number, run: () => void): Timer {
    const now = this.#now();
    if (this.#handle === undefined) {
      this.#tick = Math.floor(now / SLOT_MS);
      this.#handle = setTimeout(this.#turn, SLOT_MS);
    } else if (this.#count === 0) this.#handle.ref();
    this.#count += 1;
    const tick = Math.ceil((now + ms) / SLOT_MS);
    return new Entry(run, tick, this.#slots[tick & (SLOTS - 1)] as Entry[], this);
  }

  /** A timer was taken out. A wheel without timers must not keep the program alive. */
  left(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#handle?.unref();
  }

  readonly #turn = (): void => {
    const until = Math.floor(this.#now() / SLOT_MS);
    const due: Entry[] = [];
    // After a long halt of the process every slot is looked at once, not once per tick that was missed.
    for (let tick = Math.max(this.#tick + 1, until - SLOTS + 1); tick <= until; tick++) {
      for (const entry of this.#slots[tick & (SLOTS - 1)] as Entry[]) if (entry.tick <= until) due.push(entry);
    }
    this.#tick = until;
    this.#handle = undefined;
    for (const entry of due) {
      // One that an earlier one cancelled is out of its slot by now.
      if (entry.slot === undefined) continue;
      entry.cancel();
      entry.run();
    }
    if (this.#handle === undefined && this.#count > 0) {
      this.#handle = setTimeout(this.#turn, SLOT_MS);
    }
  };
}
