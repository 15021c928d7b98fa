// The grammar's verbs: a layer makes a policy, a pipeline nests policies and can describe itself.

import type { Runtime } from "@fairlead/runtime";
import type { Exchange } from "./exchange.ts";
import type { Outcome } from "./outcome.ts";

/** What comes after a policy. Never throws for anything that an upstream can do; a throw is a defect of ours. */
export type Next = (x: Exchange) => Promise<Outcome>;

/** One way of treating a request. `next` may be called any number of times, each with its own copy. */
export interface Policy {
  readonly name: string;
  /** One sentence: what it does with the options it got. */
  readonly says: string;
  handle(x: Exchange, next: Next): Promise<Outcome>;
}

/** Options first (a factory returns the layer), then the runtime, then exchanges. */
export type Layer = (rt: Runtime) => Policy;

/** A layer and the reason why it stands where it stands. */
export interface Placed {
  readonly layer: Layer;
  readonly why: string;
}

/** One line of a pipeline's description of itself. */
export interface Described {
  readonly policy: string;
  readonly says: string;
  readonly why: string;
}

/** Policies in order, outermost first, around a terminal. */
export interface Pipeline {
  readonly run: Next;
  describe(): readonly Described[];
}

/** Nests the layers, outermost first, around the terminal. */
export function pipeline(rt: Runtime, layers: readonly Placed[], terminal: Next): Pipeline {
  const described: Described[] = [];
  let run = terminal;
  for (let i = layers.length - 1; i >= 0; i--) {
    const placed = layers[i] as Placed;
    const policy = placed.layer(rt);
    described.unshift({ policy: policy.name, says: policy.says, why: placed.why });
    const next = run;
    run = (x) => policy.handle(x, next);
  }
  return { run, describe: () => described };
}
