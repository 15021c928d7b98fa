// What health works with, and what it tells of a platform's load.

import type { CircuitNumbers } from "../mechanics/circuit.ts";
import type { ConcurrencyNumbers } from "../mechanics/concurrency.ts";

/** The numbers that health works with; they come from the options of breaker and retry. */
export interface HealthNumbers {
  readonly circuit: CircuitNumbers;
  readonly concurrency: ConcurrencyNumbers;
  readonly budgetSize: number;
  readonly budgetRefill: number;
  /** How long a refused credential or a missing model stays out of use, milliseconds. */
  readonly parkMs: number;
  /** Upper bound of circuits remembered: model names come from callers. */
  readonly maxCells: number;
}

/** What one platform carries for one model. `limit` is the ceiling, and `limited` false, while none was learned. */
export interface PlatformLoad {
  readonly key: string;
  readonly platform: string;
  readonly model: string;
  readonly inFlight: number;
  readonly limit: number;
  readonly limited: boolean;
  /** Why the limit was cut last; empty when it never was. */
  readonly why: string;
  /** Tokens left in the retry budget. */
  readonly tokens: number;
}
