// How long to wait before the same target is tried again: full jitter, or the upstream's own word as a floor.

import { between, type Random } from "@fairlead/runtime";

/**
 * Full jitter: uniform in [0, min(cap, base * 2^n)), milliseconds. `n` counts the failures before this wait from 0.
 * Source: AWS architecture blog "Exponential Backoff And Jitter" (2015); the fewest calls of all its variants.
 */
export function fullJitter(random: Random, baseMs: number, capMs: number, n: number): number {
  return between(random, 0, Math.min(capMs, baseMs * 2 ** n));
}

/**
 * A wait of at least `retryAfterMs`: spread upward by at most a quarter of it and 250 ms, never more than 2 s, so that
 * those who were told the same do not come back together. The spread is a choice of ours.
 */
export function afterFloor(random: Random, retryAfterMs: number): number {
  return retryAfterMs + between(random, 0, Math.min(2_000, 0.25 * retryAfterMs + 250));
}
