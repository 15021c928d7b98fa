// What one measurement records: a row, and the names of the scenarios it can be of.
import type { CandidateName } from "./candidates/candidate.ts";

/** Names of the scenarios in the order in which they run. */
export const SCENARIO_NAMES = ["json-small", "json-100k", "stream", "rate", "first-event", "memory"] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Quantiles in milliseconds. */
export interface Quantiles {
  n: number;
  p50?: number;
  p90?: number;
  p99?: number;
  max?: number;
}

/** One row of the record: a candidate under a scenario in a round. */
export interface Row {
  round: number;
  scenario: ScenarioName;
  candidate: CandidateName;
  /** Why the row does not count; undefined when it does. */
  failure: string | undefined;
  /** Length of the measured window in seconds. */
  seconds: number;
  /** Whole answers (or streams) in the window, and events in it. */
  completed: number;
  events: number;
  errors: Record<string, number>;
  /** On-CPU microseconds of the candidate's processes per completed request, or per event when streaming. */
  cpuUs: number | undefined;
  /** Requests, or events, a second. */
  perSecond: number;
  latencyMs: Quantiles;
  firstByteMs: Quantiles;
  eventDelayMs: Quantiles;
  residentIdleMb: number;
  residentMb: number;
  kbPerStream: number | undefined;
  /** CPUs that programs outside this measurement kept busy: above about 0.3 the row is contaminated. */
  foreignCpus: number;
  /** false: the candidate rewrote request or reply (allowed to Portkey only). */
  intact: boolean;
}
