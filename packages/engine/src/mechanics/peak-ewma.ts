// Latency that remembers its peaks, and the better of two by chance.

import { pick, type Random } from "@fairlead/runtime";

/** Time in which a peak falls to a 1/e of itself, milliseconds. Source: Finagle's and tower's PeakEwma default. */
export const DECAY_MS = 10_000;

/** Headroom below this counts as this: what is nearly used up is dear, not infinitely so. */
const LEAST = 0.01;

/**
 * A latency that jumps to a worse sample at once and comes down slowly, so that a stall is felt by the next request and
 * not by the hundredth. Unit: that of the samples (the size-normalised time to first token, 1 being as expected).
 */
export class PeakEwma {
  readonly #cold: number;
  readonly #decayMs: number;
  #value: number;
  #at = Number.NEGATIVE_INFINITY;

  /** `cold` is the value before the first sample. */
  constructor(cold = 1, decayMs: number = DECAY_MS) {
    this.#cold = cold;
    this.#value = cold;
    this.#decayMs = decayMs;
  }

  /** Takes one sample at monotonic `now` (milliseconds). What is no number or negative is ignored. */
  sample(value: number, now: number): void {
    if (!(value >= 0) || value === Number.POSITIVE_INFINITY) return;
    const first = this.#at === Number.NEGATIVE_INFINITY;
    const kept = first ? 0 : Math.exp(-Math.max(0, now - this.#at) / this.#decayMs);
    this.#value = value > this.#value && !first ? value : this.#value * kept + value * (1 - kept);
    this.#at = first ? now : Math.max(this.#at, now);
  }

  /**
   * The value at monotonic `now`. While nothing is heard a value above the cold one sinks towards it, so that who was
   * slow once is asked again; a good one stays, because silence is no reason to think better of it.
   */
  value(now: number): number {
    if (this.#value <= this.#cold || this.#at === Number.NEGATIVE_INFINITY) return this.#value;
    const kept = Math.exp(-Math.max(0, now - this.#at) / this.#decayMs);
    return this.#cold + (this.#value - this.#cold) * kept;
  }
}

/**
 * What it costs to send one more: latency · (in flight + 1) / (weight · headroom). The in-flight factor is Finagle's;
 * headroom (0 to 1) is what the limits leave, the least over their dimensions.
 */
export function loadCost(latency: number, inFlight: number, weight: number, headroom: number): number {
  return (latency * (inFlight + 1)) / (weight * Math.max(headroom, LEAST));
}

/**
 * The cheaper of two different ones taken by chance; of one, that one; undefined of none. Source: Mitzenmacher, "The
 * Power of Two Choices" (2001): nearly as even as asking all, and many choosers do not all run to the same one.
 */
export function betterOfTwo<T>(from: readonly T[], costOf: (one: T) => number, random: Random): T | undefined {
  if (from.length < 2) return from[0];
  const i = pick(random, from.length);
  let j = pick(random, from.length - 1);
  if (j >= i) j += 1;
  const a = from[i] as T;
  const b = from[j] as T;
  return costOf(b) < costOf(a) ? b : a;
}
