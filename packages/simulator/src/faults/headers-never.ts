// Headers never: the request is read, and nothing follows.

import type { FaultKind } from "./kind.ts";
import { ONLY_INSTEAD } from "./phases.ts";

/** The fault `headers-never`. */
export const headersNever: FaultKind = {
  name: "headers-never",
  catalogue: ["F14"],
  summary: "The whole request is read; no byte of an answer is ever sent.",
  phases: ONLY_INSTEAD,
  params: {},
  strike: async (strike) => {
    strike.exchange.entry.ended = "fault";
    await strike.exchange.waitForever();
    return "ended";
  },
};
