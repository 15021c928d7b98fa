// Scenarios (placeholder shape; see scenario reading below).

import type { RegionOptions } from "./region-options.ts";

/** A timeline of faults and settings. */
export interface Scenario {
  name: string;
  regions?: RegionOptions[];
  faults?: unknown[];
  timeline?: unknown[];
}
