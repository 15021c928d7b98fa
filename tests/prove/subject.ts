// Who is put to the proof: the engine's own pipeline, or a peer's policy, as one instance among several.

import type { Exchange, Outcome, Target } from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";

/** What one instance gets: its own time, chance and bus, and its faces of the platforms in order of preference. */
export interface Place {
  readonly rt: Runtime;
  readonly targets: readonly Target[];
  readonly index: number;
  /** How many instances the world has. */
  readonly instances: number;
  /** Time that an attempt gets until its first content, where the policy times attempts and not requests, milliseconds. */
  readonly attemptMs: number;
}

/** One running instance. */
export interface Instance {
  run(x: Exchange): Promise<Outcome>;
  /** What it still holds, in words, when nothing is under way any more; empty is right. */
  held?(): readonly string[];
}

/** What a world wants set, where a deployment would set it. */
export interface Setting {
  /** Time to first content at most, milliseconds, when the world has platforms that hang. Default: the subject's own. */
  readonly firstTokenMs?: number;
  /** Time to the response head at most, milliseconds. */
  readonly headMs?: number;
  /** Upstream names and the accounts they draw on; the default is one named primary. */
  readonly upstreams?: readonly string[];
  /** Lines of fairlead.yaml that this world adds. */
  readonly yaml?: string;
}

/** A policy that can be put in a world. */
export interface Subject {
  readonly name: string;
  /** Where its rules are written down. */
  readonly source: string;
  /** True for the engine: the invariants are checked of it. Peers are only measured. */
  readonly ours: boolean;
  /** Whether it does anything with more than one target; others ask the first only. */
  readonly spreads: boolean;
  /** True where time-outs are set for attempts and retried, so that a caller may wait longer than it finds useful. */
  readonly timesAttempts: boolean;
  /** Reads the settings once; the result starts instances. */
  settle(setting: Setting): (place: Place) => Instance;
}
