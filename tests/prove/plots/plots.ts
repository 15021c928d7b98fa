// All plots of docs/policies.

import { AFFINITY_PLOT } from "./affinity.ts";
import { BREAKS_PLOT } from "./breaks.ts";
import { DUPLICATES_PLOT } from "./duplicates.ts";
import { FAILOVER_PLOT } from "./failover.ts";
import { HOT_ANSWER_PLOT } from "./hot-answer.ts";
import { OUTAGE_PLOT } from "./outage.ts";
import { FLOOD_PLOT, OVERLOAD_PLOT } from "./overload.ts";
import { PACE_PLOT } from "./pace.ts";
import type { Plot } from "./plot.ts";
import { QUOTA_PLOT } from "./quota.ts";
import { SILENCE_PLOT } from "./silence.ts";
import { STALLS_PLOT } from "./stalls.ts";

/** In the order of docs/policies/README.md. */
export const PLOTS: readonly Plot[] = [
  OUTAGE_PLOT,
  FAILOVER_PLOT,
  OVERLOAD_PLOT,
  FLOOD_PLOT,
  QUOTA_PLOT,
  AFFINITY_PLOT,
  DUPLICATES_PLOT,
  HOT_ANSWER_PLOT,
  STALLS_PLOT,
  PACE_PLOT,
  SILENCE_PLOT,
  BREAKS_PLOT,
];
