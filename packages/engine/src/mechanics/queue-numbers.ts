// The numbers of the fair queue, and what holds unless said otherwise.

import type { Priority } from "../exchange.ts";

/** One number per class. */
export type PerClass = { readonly [P in Priority]: number };

/** The numbers of a queue. Times are milliseconds. */
export interface QueueNumbers {
  /** Entries that may wait at once. */
  readonly capacity: number;
  /** Longest wait of each class; Infinity for none but the deadline. */
  readonly maxWaitMs: PerClass;
  /** Guaranteed share of the served cost of each class, and of the places; together at most 1. */
  readonly floors: PerClass;
  /** A class moves up by one for each of these that its oldest entry has waited. */
  readonly ageMs: number;
  /** Wait of an interactive entry that is no sign of trouble. Of other classes: as much longer as their `maxWaitMs`. */
  readonly targetMs: number;
  /** An interactive queue that was not empty for so long stands. Of other classes: as much longer as their `maxWaitMs`. */
  readonly intervalMs: number;
  /** Tenants of a class with an account of their own; all others share one. */
  readonly tenants: number;
}

/**
 * What holds unless said otherwise. Floors, target and interval: CoDel (RFC 8289: 5 ms and 100 ms) scaled from packets to
 * answers of seconds; the rest is our own choice. A class below interactive waits as long as its callers usually do.
 */
export const QUEUE_NUMBERS: QueueNumbers = {
  capacity: 1_000,
  maxWaitMs: { interactive: 2_000, agent: 10_000, background: 60_000, batch: 600_000 },
  floors: { interactive: 0.6, agent: 0.25, background: 0.1, batch: 0.05 },
  ageMs: 30_000,
  targetMs: 200,
  intervalMs: 2_000,
  tenants: 1_000,
};

/** An entry without a deadline goes in the order of deadlines as if it had this long, milliseconds. */
export const NO_DEADLINE_MS = 600_000;
