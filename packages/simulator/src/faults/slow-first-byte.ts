// Slow first byte: the answer is right, and late.

import type { FaultKind } from "./kind.ts";

/** The fault `slow-first-byte`. */
export const slowFirstByte: FaultKind = {
  name: "slow-first-byte",
  catalogue: ["F13"],
  summary: "The head comes ms later; at after-headers the head comes at once and the first byte of the body late.",
  phases: [
    { phase: "before-headers", on: "both" },
    { phase: "after-headers", on: "both" },
  ],
  params: { ms: { type: "number", default: 30_000, about: "milliseconds (30,000 to 290,000 in the field)" } },
  strike: async (strike) => ((await strike.exchange.wait(strike.params.number("ms"))) ? "go-on" : "ended"),
};
