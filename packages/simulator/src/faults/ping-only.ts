// Ping only: pings keep coming and nothing else; a healthy long silence, or one that never ends.

import type { FaultKind } from "./kind.ts";
import { INSIDE_STREAM } from "./phases.ts";

/** The fault `ping-only`. */
export const pingOnly: FaultKind = {
  name: "ping-only",
  catalogue: ["F12"],
  summary: "Only pings are sent. With ms the answer then goes on, as after long thinking.",
  phases: INSIDE_STREAM,
  params: {
    everyMs: { type: "number", default: 10_000, min: 1, about: "milliseconds between pings" },
    ms: { type: "number", default: 0, about: "milliseconds in all; 0 for ever" },
  },
  strike: async (strike) => {
    const { exchange, running, clock, params } = strike;
    if (running === undefined) return "go-on";
    const until = params.number("ms") > 0 ? clock.now() + params.number("ms") : Number.POSITIVE_INFINITY;
    while (clock.now() < until) {
      await running.write(running.printer.print({ kind: "ping" }));
      const left = Math.max(1, until - clock.now());
      if (!(await exchange.wait(Math.min(params.number("everyMs"), left)))) return "ended";
    }
    return "go-on";
  },
};
