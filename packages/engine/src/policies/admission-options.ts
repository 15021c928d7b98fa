// Options of admission, and the numbers of health that follow from them and from those of breaker and retry.

import { duration, integer, number, type Values } from "../options.ts";
import type { HealthNumbers } from "../targets/health-numbers.ts";
import { type BREAKER_OPTIONS, circuitNumbers } from "./breaker.ts";
import type { RETRY_OPTIONS } from "./retry.ts";

/** Options of `admit`. */
export const ADMISSION_OPTIONS = {
  concurrency: integer(
    1,
    1_000_000,
    100_000,
    "attempts",
    "Most attempts under way at once per platform and model. Below it the limit is learned, and there is none until the upstream shows overload.",
  ),
  overload: number(
    0.01,
    0.9,
    0.1,
    "of 1",
    "Share of overload answers (529, 504, no first token in time), at the lower end of its 95 % interval, from which a platform's limit is cut.",
  ),
  slow: number(
    1.2,
    20,
    2.2,
    "times",
    "Multiple of the healthy time to first token, as the median of the newest 25 for their sizes, from which a platform's limit is cut.",
  ),
  queue: integer(
    0,
    1_000_000,
    1_000,
    "requests",
    "Most requests that wait for room at once; beyond it the least urgent are refused.",
  ),
  wait: duration(
    0,
    600_000,
    2_000,
    "Longest wait of an interactive request for room, or twice as long as an answer there takes on average, if that is longer; agents wait 5 times as long, background work 30 times, batches 300 times, none beyond its deadline.",
  ),
} as const;

/** At most so many model names per target have circuits of their own; names come from callers. */
const MAX_MODELS = 200;

/** The numbers that health works with. */
export function healthNumbers(blocks: {
  readonly retry: Values<typeof RETRY_OPTIONS>;
  readonly breaker: Values<typeof BREAKER_OPTIONS>;
  readonly admission: Values<typeof ADMISSION_OPTIONS>;
}): HealthNumbers {
  const { retry, breaker, admission } = blocks;
  return {
    circuit: circuitNumbers(breaker),
    concurrency: { ceiling: admission.concurrency, slow: admission.slow, overload: admission.overload },
    budgetSize: retry.budget,
    budgetRefill: retry.budget_refill,
    parkMs: breaker.park,
    maxCells: MAX_MODELS,
  };
}
