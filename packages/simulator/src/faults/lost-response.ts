// Lost response: the answer was generated and billed, and never arrived.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `lost-response`. */
export const lostResponse: FaultKind = {
  name: "lost-response",
  catalogue: ["F30"],
  summary:
    "The rest of the answer is generated and billed in full, and the connection is reset without it: a retry is billed twice.",
  phases: [{ phase: "before-headers", on: "both" }, ...INSIDE],
  params: {},
  needsPlan: true,
  strike: async (strike) => {
    await strike.running?.flush();
    await strike.running?.produceRest();
    await strike.exchange.breakOff("reset");
    return "ended";
  },
};
