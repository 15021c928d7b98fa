// Reset: the connection is reset (RST), or closed without HTTP's end.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `reset`. */
export const reset: FaultKind = {
  name: "reset",
  catalogue: ["F10"],
  summary: "RST after what was sent so far; with how=close a FIN in its place, inside the chunked body.",
  phases: [{ phase: "before-headers", on: "both" }, ...INSIDE],
  params: {
    how: { type: "string", default: "reset", oneOf: ["reset", "close"], about: "RST, or FIN without the last chunk" },
  },
  strike: async (strike) => {
    await strike.running?.flush();
    await strike.exchange.breakOff(strike.params.text("how") === "close" ? "fin" : "reset");
    return "ended";
  },
};
