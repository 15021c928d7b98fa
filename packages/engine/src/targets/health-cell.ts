// What health keeps of a target and a model: the circuits, budgets and limits of whoever a failure may be blamed on.

import type { Budget } from "../mechanics/budget.ts";
import type { Circuit } from "../mechanics/circuit.ts";
import type { Concurrency } from "../mechanics/concurrency.ts";
import type { Trial } from "./trial.ts";

/** A platform and a model: whose capacity it is. */
export interface Platform {
  readonly platform: string;
  readonly model: string;
  readonly circuit: Circuit;
  readonly budget: Budget;
  readonly concurrency: Concurrency;
}

/** An account and a model: whose limit it is. */
export interface Pair {
  readonly account: string;
  readonly model: string;
  /** Cool-down after a 429, monotonic milliseconds. */
  coolUntil: number;
  /** Rate limits without a success between them, those of requests under way together counted once. */
  limitedInRow: number;
  /** Until when one of the account's targets leaves the model alone, and why; the figures tell it. */
  parkedUntil: number;
  parkedWhy: string;
  /** Name of that target. */
  parkedFor: string;
}

/** All that is known of one target and model. */
export interface Cell extends Pick<Platform, "budget" | "concurrency"> {
  readonly endpoint: Circuit;
  readonly platform: Circuit;
  readonly pair: Pair;
  /** The pair of account and model is out of use until then (404). */
  parkedUntil: number;
  parkedWhy: string;
  readonly trial: Trial;
}
