// The states of circuits as snapshots and metrics show them.

import type { Circuit } from "../mechanics/circuit.ts";
import type { Concurrency } from "../mechanics/concurrency.ts";

/** One circuit, or one account or model that is left alone. */
export interface CircuitState {
  readonly scope: string;
  readonly key: string;
  /**
   * `closed`, `half-open`, `open`; `doubted`: closed, but the newest attempts failed or go unanswered, so that others are
   * asked first; `parked`, `cooling`: left alone for a time.
   */
  readonly state: string;
  /** Why it opened last, or why it is doubted or left alone; empty for one that never was. */
  readonly why: string;
}

/** The circuits of addresses and of platforms and models at `now`, monotonic milliseconds. */
export function circuitStates(
  endpoints: ReadonlyMap<string, Circuit>,
  platforms: ReadonlyMap<string, { readonly circuit: Circuit; readonly concurrency: Concurrency }>,
  now: number,
): CircuitState[] {
  const list: CircuitState[] = [];
  for (const [key, circuit] of endpoints) list.push(stateOf("endpoint", key, circuit, false, now));
  for (const [key, { circuit, concurrency }] of platforms) {
    list.push(stateOf("platform", key, circuit, concurrency.silent(now), now));
  }
  return list;
}

function stateOf(scope: string, key: string, circuit: Circuit, silent: boolean, now: number): CircuitState {
  const state = circuit.state(now);
  if (state !== "closed") return { scope, key, state, why: circuit.why };
  if (circuit.doubted(now)) return { scope, key, state: "doubted", why: `${circuit.inRow} failures in a row` };
  if (silent) return { scope, key, state: "doubted", why: "several go unanswered" };
  return { scope, key, state, why: circuit.why };
}
