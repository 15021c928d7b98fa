// What a scenario of the failover bench is: faults at the primary, and what has to be true of what the client saw.

import type { Sighting, Simulator } from "@fairlead/simulator";
import type { Stand } from "../grid/stand.ts";

/** Streamed or in one piece, and how long the gateway holds a stream. */
export interface Form {
  readonly streamed: boolean;
  readonly hold: "first-content" | "whole";
}

/** What a run of a scenario came to, before it is judged. */
export interface Run {
  readonly form: Form;
  readonly stand: Stand;
  /** What the client saw. */
  readonly seen: Sighting;
  /** The right answer, asked from the simulator without a fault, in the same form. */
  readonly right: Sighting;
  /** Requests and connections that reached the primary, and the fallback, oldest first. */
  readonly primary: Simulator["log"]["entries"];
  readonly fallback: Simulator["log"]["entries"];
}

/** Something that must be true, in words, and whether it is. */
export type Check = readonly [says: string, ok: boolean];

/** One scenario. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What goes wrong, in one sentence. */
  readonly fault: string;
  /** What passes, in one sentence. */
  readonly passes: string;
  /** The faults at the primary, as the simulator takes them. `undefined`: the form has no such fault. */
  faults(form: Form): ReadonlyArray<Readonly<Record<string, unknown>>>;
  /** Further lines of fairlead.yaml. */
  readonly config?: string;
  /** Further keys of the upstreams. */
  readonly upstream?: Readonly<Record<string, string>>;
  /** `refused`: the right end is the provider's own error, not an answer. Default `answered`. */
  readonly end?: "refused";
  /** What must hold besides the right end. */
  checks(run: Run): Check[];
  /** In place of one request: whatever the scenario is about. Gives what the judged client saw. */
  act?(stand: Stand, ask: () => Promise<Sighting>): Promise<{ readonly seen: Sighting; readonly checks: Check[] }>;
}

/** How many requests of a region's log really asked for an answer. */
export function times(entries: Simulator["log"]["entries"]): number[] {
  return entries.map(({ at }) => at);
}
