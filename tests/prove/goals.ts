// All goals, in the order of their numbers.

import type { Goal } from "./goal.ts";
import { AFFINITY } from "./goals/affinity.ts";
import { FAILOVER } from "./goals/failover.ts";
import { FAIRNESS } from "./goals/fairness.ts";
import { METASTABILITY } from "./goals/metastability.ts";
import { OUTAGE } from "./goals/outage.ts";
import { OVERLOAD_GOAL } from "./goals/overload.ts";
import { RECOVERY } from "./goals/recovery.ts";
import { STEADINESS } from "./goals/steadiness.ts";
import { TOKEN_LIMITS } from "./goals/token-limits.ts";

/** What is proven. */
export const GOALS: readonly Goal[] = [
  OUTAGE,
  OVERLOAD_GOAL,
  METASTABILITY,
  RECOVERY,
  FAILOVER,
  STEADINESS,
  AFFINITY,
  TOKEN_LIMITS,
  FAIRNESS,
];
