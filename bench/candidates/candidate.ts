// What a candidate is: a way to reach the mock upstream, started afresh for every measurement.
import type { Crew, Member } from "../crew.ts";

/** Names of the candidates in the order in which they run within a round. */
export const CANDIDATE_NAMES = ["direct", "nginx", "fairlead", "first-road", "portkey"] as const;
export type CandidateName = (typeof CANDIDATE_NAMES)[number];

/** A started candidate. */
export interface Running {
  /** The port of 127.0.0.1 that the load is sent to. */
  port: number;
  /** The process whose tree is measured. */
  member: Member;
  /** The value of x-api-key that this candidate accepts. */
  key: string;
  /** Headers that only this candidate needs. */
  headers: Record<string, string>;
}

/** What a candidate gets to start with. */
export interface Setting {
  crew: Crew;
  /** The mock upstream. */
  upstream: Member;
  upstreamPort: number;
  /** An empty directory of its own. */
  directory: string;
  /** Extra node flags (Fairlead only). */
  nodeFlags: string[];
}

/** A way to reach the upstream. */
export interface Candidate {
  name: CandidateName;
  /** true when the bytes of request and reply must come through unchanged. */
  transparent: boolean;
  /** Its version, for the record. */
  version: () => string;
  /** Installs or checks what it needs; throws an Error that says what to do. */
  prepare: () => void;
  /** Starts it; resolves when it listens. */
  start: (setting: Setting) => Promise<Running>;
}
