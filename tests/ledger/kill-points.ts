// Where a gateway is killed: the points of the ledger's work, and any moment at all.

import type { FaultPoint } from "@fairlead/gateway/ledger";

/** Each point, and at which of its occurrences a process is killed at the latest. */
export const KILL_POINTS: ReadonlyArray<readonly [FaultPoint, number]> = [
  ["started", 900],
  ["sent", 900],
  ["progress", 60],
  ["ending", 900],
  ["writing", 2_500],
  ["final", 900],
  ["shipping", 12],
  ["committed", 12],
  ["removed", 3],
];

/** How one process ends. */
export interface KillPlan {
  readonly point: FaultPoint | "random" | "none";
  /** The occurrence of the point, or milliseconds. */
  readonly at: number;
}

/** The plan of the n-th process: every point in turn, and every tenth at random. */
export function killPlan(n: number, random: { next(): number }): KillPlan {
  if (n % 10 === 9) return { point: "random", at: 5 + Math.floor(random.next() * 250) };
  const [point, most] = KILL_POINTS[n % 10] as readonly [FaultPoint, number];
  return { point, at: 1 + Math.floor(random.next() * most) };
}
