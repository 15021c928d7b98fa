// Keep-alive race: the server closes an idle connection just as the next request arrives on it.

import type { FaultKind } from "./kind.ts";

/** The fault `keep-alive-race`. */
export const keepAliveRace: FaultKind = {
  name: "keep-alive-race",
  catalogue: ["F17"],
  summary: "A request on a connection that has served one before finds it reset: ECONNRESET after 0 bytes.",
  phases: [{ phase: "before-headers", on: "both" }],
  params: {
    fresh: { type: "boolean", default: false, about: "hit the first request of a connection too" },
  },
  needs: "a reused connection, or fresh=true",
  head: async ({ exchange }) => {
    await exchange.breakOff("reset");
    return "ended";
  },
  applies: (exchange, params) => exchange.entry.turn > 1 || params.flag("fresh"),
};
