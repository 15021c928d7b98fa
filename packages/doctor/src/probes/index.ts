// All probes, in the order of the line.

import type { Probe } from "../probe.ts";

/** Every probe; the order is that of the screen. */
export const PROBES: readonly Probe[] = [];
