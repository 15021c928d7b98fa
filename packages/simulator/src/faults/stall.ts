// Stall: silence, without pings, for a time or for ever.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `stall`. */
export const stall: FaultKind = {
  name: "stall",
  catalogue: ["F11"],
  summary: "Nothing more is sent, not even pings; the connection stays open. With ms the answer then goes on.",
  phases: INSIDE,
  params: { ms: { type: "number", default: 0, about: "milliseconds of silence; 0 for ever" } },
  strike: async (strike) => {
    await strike.running?.flush();
    const ms = strike.params.number("ms");
    if (ms > 0) return (await strike.exchange.wait(ms)) ? "go-on" : "ended";
    await strike.exchange.waitForever();
    return "ended";
  },
};
