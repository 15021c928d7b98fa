// The goals that are confirmed over sockets.

import type { Goal } from "./goal.ts";
import { AFFINITY } from "./goals/affinity.ts";
import { FAILOVER } from "./goals/failover.ts";
import { FAIRNESS } from "./goals/fairness.ts";
import { METASTABILITY } from "./goals/metastability.ts";
import { OUTAGE } from "./goals/outage.ts";
import { OVERLOAD } from "./goals/overload.ts";
import { RECOVERY } from "./goals/recovery.ts";
import { STEADINESS } from "./goals/steadiness.ts";
import { TOKEN_LIMITS } from "./goals/token-limits.ts";

/** All of them, in the order of the proof. */
export const GOALS: readonly Goal[] = [
  OUTAGE,
  OVERLOAD,
  METASTABILITY,
  RECOVERY,
  FAILOVER,
  STEADINESS,
  AFFINITY,
  TOKEN_LIMITS,
  FAIRNESS,
];
