// Why a target cannot be used.

/**
 * Why a target cannot be used now, and for how long. `recovering`: open, but a probe was good and the next is under way;
 * `held`: well at the moment, but it flaps, so that it is used only where nothing else can serve; `drained`: somebody
 * wants no new work there, and only what cannot go elsewhere goes; `shut`: somebody wants nothing at all there.
 */
export interface Unfit {
  readonly waitMs: number;
  readonly kind: "open" | "recovering" | "held" | "parked" | "cooling" | "drained" | "shut";
  readonly why: string;
  /** For `open`: the share of failures that opened it, 0 to 1. */
  readonly failShare?: number;
}

/** A cool-down after a rate limit, when it is not over (monotonic milliseconds). */
export function cooling(coolUntil: number, now: number): Unfit | undefined {
  return coolUntil > now ? { waitMs: coolUntil - now, kind: "cooling", why: "rate limited" } : undefined;
}
