// Truncate: the answer ends early, and HTTP says all is well.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `truncate`. */
export const truncate: FaultKind = {
  name: "truncate",
  catalogue: ["F9"],
  summary:
    "A clean end of the body before its time: the last chunk is sent, message_stop is not; JSON ends in the middle.",
  phases: INSIDE,
  params: {},
  chunked: true,
  strike: async (strike) => {
    await strike.running?.flush();
    strike.exchange.entry.ended = "fault";
    strike.exchange.end();
    return "ended";
  },
};
