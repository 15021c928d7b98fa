// The numbers that health works with.

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
