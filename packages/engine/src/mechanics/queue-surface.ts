// What callers of the fair queue hand in and get back.

import type { Priority } from "../exchange.ts";
import type { Entry } from "./tenant-line.ts";

/** One who asks for a turn. */
export interface Asking<T> {
  readonly item: T;
  readonly priority: Priority;
  readonly tenant: string;
  /** The tenant's share beside others of weight 1 (default 1); above 0. */
  readonly weight?: number;
  /**
   * Those of one lane need the same thing (the model, say, or the one target that they are bound to): when the first
   * of a lane does not fit, none behind it is asked, so that a large one is not passed for ever by small ones.
   */
  readonly lane: string;
  /** Expected cost in input tokens, `costOf(input, output)`; at least 1 is charged. */
  readonly cost: number;
  /** Monotonic time at which it must be answered; Infinity for never. */
  readonly deadline: number;
  /** How long its answer takes once it goes, milliseconds (default 0): it is dropped when the deadline cannot be met. */
  readonly serviceMs?: number;
  /** It may wait this long where that is longer than its class may, milliseconds (default 0). */
  readonly waitMs?: number;
  /** It had its turn already and asks again (a retry): goes before all others and is not charged again. */
  readonly resumed?: boolean;
}

/**
 * `full`: no room, and nobody who waits is less entitled to it. `deadline`: it could not be met even if it went now.
 * The displaced one has left the queue and must be told.
 */
export type Pushed<T> =
  | { readonly ticket: Entry<T>; readonly displaced: Entry<T> | undefined; readonly refused?: undefined }
  | { readonly refused: "full" | "deadline" };

/** `deadline`: can no longer be met. `max_wait`: waited as long as its class may. `overload`: the queue stands (CoDel). */
export interface Dropped<T> {
  readonly entry: Entry<T>;
  readonly why: "deadline" | "max_wait" | "overload";
}

/** One class as it stands. */
export interface ClassSnapshot {
  readonly priority: Priority;
  readonly waiting: number;
  /** How long the oldest has waited, milliseconds. */
  readonly oldestMs: number;
  /** Whether it or a line of it stands: its newest go first, and its oldest are dropped. */
  readonly stands: boolean;
  /** Cost by which it is behind its floor; below zero ahead of it. */
  readonly owed: number;
  /** Those who wait, the least served first. `ahead`: cost by weight served more than the least. */
  readonly tenants: ReadonlyArray<{ readonly tenant: string; readonly waiting: number; readonly ahead: number }>;
}
