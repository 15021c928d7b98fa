// How often circuits change between in use and not, heard from the facts of all instances.

import type { CircuitFact } from "@fairlead/engine";
import type { Fact } from "@fairlead/runtime";

/** Counts openings and changes of state. */
export class Circuits {
  /** Circuits that opened from closed, by scope of blame; accounts that were parked count too. */
  opened = 0;
  readonly #ours: boolean;
  readonly #states = new Map<string, { open: boolean; changes: number }>();

  /** @param ours peers tell only that a circuit opened; its closing is counted with it */
  constructor(ours: boolean) {
    this.#ours = ours;
  }

  /** For `WorldPlan.facts`. */
  readonly hear = (fact: Fact, instance: number): void => {
    if (fact.kind !== "circuit") return;
    const { upstream, scope, state } = fact as CircuitFact;
    if (state === "half-open") return;
    const key = `${instance} ${upstream} ${scope}`;
    let known = this.#states.get(key);
    if (known === undefined) {
      known = { open: false, changes: 0 };
      this.#states.set(key, known);
    }
    const open = state !== "closed";
    if (!this.#ours) {
      known.changes += 2;
      this.opened += 1;
    } else if (open !== known.open) {
      known.changes += 1;
      if (open) this.opened += 1;
      known.open = open;
    }
  };

  /** Most changes of one circuit of one instance. */
  get mostChanges(): number {
    let most = 0;
    for (const { changes } of this.#states.values()) most = Math.max(most, changes);
    return most;
  }
}
