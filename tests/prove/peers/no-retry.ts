// No retry at all: one attempt on the first target, whatever comes of it. Source: none needed, the zero of the scale.

import type { Target } from "@fairlead/engine";
import { attempt, peer } from "./peer.ts";

/** One attempt. */
export const NO_RETRY = peer(
  "no retry",
  "the zero of the scale",
  { spreads: false, timesAttempts: false },
  ({ targets }) => {
    const target = targets[0] as Target;
    return (x) => attempt(x, target, 0);
  },
);
