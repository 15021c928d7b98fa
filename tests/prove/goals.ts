// All goals, in the order of their numbers.

import type { Goal } from "./goal.ts";
import { OUTAGE } from "./goals/outage.ts";

/** What is proven. */
export const GOALS: readonly Goal[] = [OUTAGE];
