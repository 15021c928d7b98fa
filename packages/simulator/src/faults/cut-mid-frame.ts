// Cut mid-frame: the connection is lost inside a line of the stream, or inside a token of the JSON.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `cut-mid-frame`. */
export const cutMidFrame: FaultKind = {
  name: "cut-mid-frame",
  catalogue: ["F10"],
  summary: "Half of what comes next is sent, then the connection is closed or reset.",
  phases: INSIDE,
  params: {
    how: { type: "string", default: "close", oneOf: ["close", "reset"], about: "FIN without the last chunk, or RST" },
  },
  strike: async (strike) => {
    const next = strike.running?.peek() ?? "";
    await strike.running?.write(next.slice(0, Math.floor(next.length / 2)));
    await strike.exchange.breakOff(strike.params.text("how") === "close" ? "fin" : "reset");
    return "ended";
  },
};
