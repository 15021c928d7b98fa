// What is told of circuits and parked accounts: each change once, as a fact on the bus.

import type { Runtime } from "@fairlead/runtime";
import type { CircuitFact } from "../facts.ts";
import type { Circuit } from "../mechanics/circuit.ts";
import type { Target } from "./target.ts";

/** Tells changes of state. */
export class CircuitNews {
  readonly #rt: Runtime;
  /** The state of each circuit that was told last, unless that is closed. */
  readonly #told = new Map<Circuit, CircuitFact["state"]>();

  constructor(rt: Runtime) {
    this.#rt = rt;
  }

  /** Whether some circuit was told to be other than closed, so that its closing is still to be told. */
  get pending(): boolean {
    return this.#told.size > 0;
  }

  /** Tells a change of a circuit, once. While it is held out for flapping its inner changes are nobody's business. */
  circuit(target: Target, scope: string, circuit: Circuit, state: CircuitFact["state"]): void {
    const before = this.#told.get(circuit) ?? "closed";
    if (state === before || (before === "open" && circuit.heldMs(this.#rt.clock.now()) > 0)) return;
    if (state === "closed") this.#told.delete(circuit);
    else this.#told.set(circuit, state);
    this.tell(target, scope, state, state === "closed" ? "" : circuit.why);
  }

  /** Tells a state. */
  tell(target: Target, scope: string, state: CircuitFact["state"], why: string): void {
    const fact: CircuitFact = { kind: "circuit", at: this.#rt.clock.now(), upstream: target.name, scope, state, why };
    this.#rt.emit(fact);
  }
}
