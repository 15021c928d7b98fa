// Attempts that have no content yet: how old they are, and how long the newest of them will have to wait.

import { Pace } from "./pace.ts";

/** Starts are counted in steps of so many milliseconds, so many steps back. */
export const UNBEGUN_STEP_MS = 250;
const STEPS = 240;
/** The tail of the times to first content is the 95th percentile: it rises with what is slower and falls with the rest. */
const TAIL = 0.95;
/** By how much of itself the tail moves with one sample. Robbins and Monro 1951, on a logarithmic scale. */
const TAIL_STEP = 0.1;
/** Samples before the tail is trusted. */
const TAIL_KNOWN = 50;

/**
 * Counts attempts by the time at which they started, in memory of constant size. Times are monotonic milliseconds. One
 * whose content is due later for its size is told with a later start, up to half a minute ahead: it says nothing before.
 */
export class Unbegun {
  readonly #steps = new Uint32Array(STEPS);
  readonly #pace = new Pace(1_000);
  #count = 0;
  #tail = 0;
  #samples = 0;
  /** When the newest attempt whose content began had started. */
  #newest = Number.NEGATIVE_INFINITY;

  /** An attempt started. */
  add(now: number): void {
    const step = stepOf(now);
    this.#steps[step] = (this.#steps[step] as number) + 1;
    this.#count += 1;
  }

  /** The content of one that started at `startedAt` began. */
  begun(now: number, startedAt: number): void {
    this.gone(startedAt);
    this.#pace.add(now);
    const took = Math.max(1, now - startedAt);
    this.#tail = this.#samples === 0 ? took : this.#tail * (1 + TAIL_STEP * (took > this.#tail ? TAIL : TAIL - 1));
    this.#samples += 1;
    // One that was due later only is no newer than now.
    this.#newest = Math.max(this.#newest, Math.min(startedAt, now));
  }

  /** Time to first content that 95 % do not exceed, milliseconds; 0 while not known. */
  get tailMs(): number {
    return this.#samples < TAIL_KNOWN ? 0 : this.#tail;
  }

  /** How many wait for longer than `ms` and started after every one whose content began, to the step. */
  silent(now: number, ms: number): number {
    if (this.#count === 0 || now - this.#newest < ms) return 0;
    const last = Math.floor((now - ms) / UNBEGUN_STEP_MS) - 1;
    const first = Math.max(Math.floor(this.#newest / UNBEGUN_STEP_MS) + 1, last - STEPS + 2);
    let total = 0;
    for (let step = first; step <= last; step++) total += this.#at(step);
    return total;
  }

  /** One that started at `startedAt` is over without content. */
  gone(startedAt: number): void {
    const step = stepOf(startedAt);
    const there = this.#steps[step] as number;
    if (there > 0) this.#steps[step] = there - 1;
    this.#count = Math.max(0, this.#count - 1);
  }

  /** How long those without content will wait if content goes on to begin at the present pace, milliseconds. */
  waitMs(now: number): number {
    const perMs = this.#pace.perMs(now);
    return perMs === 0 ? STEPS * UNBEGUN_STEP_MS : this.#due(now) / perMs;
  }

  /** Median age of those that started since `since`, milliseconds, to the step; 0 for fewer than `least`. */
  ageMs(now: number, since: number, least: number): number {
    if (this.#count < least) return 0;
    const newest = Math.floor(now / UNBEGUN_STEP_MS);
    const steps = Math.min(STEPS - 1, newest - Math.floor(since / UNBEGUN_STEP_MS));
    let total = 0;
    for (let back = 0; back <= steps && total < this.#count; back++) total += this.#at(newest - back);
    if (total < least) return 0;
    let left = total / 2;
    for (let back = 0; back <= steps; back++) {
      left -= this.#at(newest - back);
      if (left < 0) return back * UNBEGUN_STEP_MS;
    }
    return 0;
  }

  #due(now: number): number {
    if (this.#count === 0) return 0;
    const newest = Math.floor(now / UNBEGUN_STEP_MS);
    let due = this.#count;
    for (let ahead = 1; ahead <= STEPS / 2; ahead++) due -= this.#at(newest + ahead);
    return due;
  }

  #at(step: number): number {
    return this.#steps[((step % STEPS) + STEPS) % STEPS] as number;
  }
}

function stepOf(ms: number): number {
  return Math.floor(ms / UNBEGUN_STEP_MS) % STEPS;
}
