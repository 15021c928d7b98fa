// Counts over the last stretch of time, in slots: what leaves the window leaves it one slot at a time. Bounded memory.

/** Slots of a window. */
const SLOTS = 12;
/** Things told apart in one window; what comes after them is one thing, `other`. */
const MAX_KEYS = 300;

/** A quarter of a power of two: quantiles are at most 19 % too high, and 100 buckets reach from 1 ms to hours. */
const STEPS_PER_DOUBLING = 4;
const BUCKETS = 100;

interface Slot {
  stamp: number;
  good: number;
  bad: number;
  sum: number;
  buckets: Uint32Array | undefined;
}

/** What a window holds of one key. */
export interface WindowSum {
  readonly good: number;
  readonly bad: number;
  readonly sum: number;
  readonly buckets: Uint32Array | undefined;
}

/** Good and bad counts, a sum and a distribution for each key. */
export class SlidingCounts {
  readonly #slotMs: number;
  readonly #keys = new Map<string, Slot[]>();

  /** `windowMs`: the length of the window, milliseconds. */
  constructor(windowMs: number) {
    this.#slotMs = windowMs / SLOTS;
  }

  /** Counts one good or bad case. */
  count(key: string, good: boolean, now: number): void {
    const slot = this.#slot(key, now);
    if (good) slot.good += 1;
    else slot.bad += 1;
  }

  /** Adds an amount. */
  add(key: string, amount: number, now: number): void {
    const slot = this.#slot(key, now);
    slot.sum += amount;
    slot.good += 1;
  }

  /** Adds a duration, milliseconds, to the distribution. */
  observe(key: string, ms: number, now: number): void {
    const slot = this.#slot(key, now);
    slot.good += 1;
    slot.buckets ??= new Uint32Array(BUCKETS);
    const at = bucketOf(ms);
    slot.buckets[at] = (slot.buckets[at] ?? 0) + 1;
  }

  /** What each key has in the window; keys with nothing in it are forgotten. */
  sums(now: number): ReadonlyMap<string, WindowSum> {
    const stamp = Math.floor(now / this.#slotMs);
    const sums = new Map<string, WindowSum>();
    for (const [key, slots] of this.#keys) {
      const total = { good: 0, bad: 0, sum: 0, buckets: undefined as Uint32Array | undefined };
      for (const slot of slots) {
        if (stamp - slot.stamp >= SLOTS) continue;
        total.good += slot.good;
        total.bad += slot.bad;
        total.sum += slot.sum;
        if (slot.buckets === undefined) continue;
        total.buckets ??= new Uint32Array(BUCKETS);
        for (let i = 0; i < BUCKETS; i++) total.buckets[i] = (total.buckets[i] ?? 0) + (slot.buckets[i] ?? 0);
      }
      if (total.good + total.bad === 0) this.#keys.delete(key);
      else sums.set(key, total);
    }
    return sums;
  }

  #slot(wanted: string, now: number): Slot {
    const key = this.#keys.has(wanted) || this.#keys.size < MAX_KEYS ? wanted : "other";
    let slots = this.#keys.get(key);
    if (slots === undefined) {
      slots = Array.from({ length: SLOTS }, () => fresh(Number.NEGATIVE_INFINITY));
      this.#keys.set(key, slots);
    }
    const stamp = Math.floor(now / this.#slotMs);
    const place = stamp % SLOTS;
    let slot = slots[place] as Slot;
    if (slot.stamp !== stamp) {
      slot = fresh(stamp);
      slots[place] = slot;
    }
    return slot;
  }
}

/** The quantile of a distribution, milliseconds: the upper end of its bucket. */
export function quantile(buckets: Uint32Array, share: number): number {
  let count = 0;
  for (const one of buckets) count += one;
  const rank = Math.max(1, Math.ceil(share * count));
  let seen = 0;
  for (let i = 0; i < buckets.length; i++) {
    seen += buckets[i] ?? 0;
    if (seen >= rank) return 2 ** ((i + 1) / STEPS_PER_DOUBLING);
  }
  return 0;
}

function bucketOf(ms: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log2(Math.max(ms, 1)) * STEPS_PER_DOUBLING)));
}

function fresh(stamp: number): Slot {
  return { stamp, good: 0, bad: 0, sum: 0, buckets: undefined };
}
