// Answers that are kept for a while: the least recently used go first, and those in use are renewed before they lapse.

import type { Random } from "@fairlead/runtime";

/** What is kept, whatever it holds. */
export interface Kept {
  /** What it takes of the memory, bytes. */
  readonly size: number;
  /** When it came and when it lapses, monotonic milliseconds. */
  readonly at: number;
  readonly until: number;
  /** How long it took to make, milliseconds. */
  readonly tookMs: number;
}

/** Kept by key, at most so many bytes in all. Time is monotonic milliseconds. */
export class AnswerStore<K extends Kept> {
  readonly #limit: number;
  readonly #all = new Map<string, K>();
  #bytes = 0;
  #displaced = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Answers that had to make room for others before they lapsed. */
  get displaced(): number {
    return this.#displaced;
  }

  /** What is kept under the key and has not lapsed; it counts as used. */
  get(key: string, now: number): K | undefined {
    const kept = this.#all.get(key);
    if (kept === undefined) return undefined;
    this.#all.delete(key);
    if (kept.until <= now) {
      this.#bytes -= kept.size;
      return undefined;
    }
    this.#all.set(key, kept);
    return kept;
  }

  /** Keeps it, in place of what was there; the least recently used make room. False when it is larger than all the room. */
  put(key: string, kept: K): boolean {
    this.delete(key);
    if (kept.size > this.#limit) return false;
    for (const [oldest, { size }] of this.#all) {
      if (this.#bytes + kept.size <= this.#limit) break;
      this.#all.delete(oldest);
      this.#bytes -= size;
      this.#displaced += 1;
    }
    this.#all.set(key, kept);
    this.#bytes += kept.size;
    return true;
  }

  delete(key: string): void {
    const kept = this.#all.get(key);
    if (kept === undefined) return;
    this.#all.delete(key);
    this.#bytes -= kept.size;
  }
}

/**
 * Whether to renew before it lapses, by chance, the likelier the nearer that is and the longer it takes to make: XFetch
 * (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015), `-beta * took * ln(u)`
 * reaches what is left. However many ask, about one renews.
 * @param beta 1 by the paper's analysis, more is earlier, 0 is never
 */
export function renewsEarly({ until, tookMs }: Kept, now: number, beta: number, random: Random): boolean {
  if (beta === 0) return false;
  return -beta * tookMs * Math.log(1 - random.next()) >= until - now;
}
