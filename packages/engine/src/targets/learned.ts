// What admission has learned of answers and targets, and its counts: a reload hands it on.

import type { PeakEwma } from "../mechanics/peak-ewma.ts";
import { Predictor } from "../mechanics/predictor.ts";
import type { Kept } from "./carried.ts";

/** Why the queue refuses: no place, too little time left, waited as long as it may, or the queue did not move. */
export type QueueRefusal = "full" | "deadline" | "max_wait" | "overload";

/** What one target carries, and how quick it is. */
export interface Load {
  inFlight: number;
  readonly latency: PeakEwma;
}

/** All of it. */
export interface Learned {
  readonly predictor: Predictor;
  /** By name of the target. */
  readonly loads: Map<string, Load>;
  /** Requests refused so far because of the queue, by reason. */
  readonly refused: { [R in QueueRefusal]: number };
}

/** Nothing yet, or what `from` holds of those that stay: the objects are shared. */
export function learned(from?: Learned, kept?: Kept): Learned {
  if (from === undefined) {
    return {
      predictor: new Predictor(),
      loads: new Map(),
      refused: { full: 0, deadline: 0, max_wait: 0, overload: 0 },
    };
  }
  const loads = new Map([...from.loads].filter(([name]) => kept?.target(name) ?? false));
  return { predictor: from.predictor, loads, refused: from.refused };
}
