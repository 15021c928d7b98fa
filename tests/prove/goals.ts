// All goals, in the order of their numbers.

import type { Goal } from "./goal.ts";
import { METASTABILITY } from "./goals/metastability.ts";
import { OUTAGE } from "./goals/outage.ts";
import { OVERLOAD_GOAL } from "./goals/overload.ts";
import { RECOVERY } from "./goals/recovery.ts";

/** What is proven. */
export const GOALS: readonly Goal[] = [OUTAGE, OVERLOAD_GOAL, METASTABILITY, RECOVERY];
