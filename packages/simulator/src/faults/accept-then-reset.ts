// Accept, then reset: the connection is made and at once broken.

import type { FaultKind } from "./kind.ts";

/** The fault `accept-then-reset`. */
export const acceptThenReset: FaultKind = {
  name: "accept-then-reset",
  catalogue: ["F16"],
  summary:
    "RST on accept, or with after=first-bytes when the first bytes arrive (for TLS: after the ClientHello). By header: when the head of the request is read.",
  phases: [{ phase: "connect", on: "both" }],
  params: {
    after: { type: "string", default: "accept", oneOf: ["accept", "first-bytes"], about: "what is waited for" },
  },
  edge: true,
  connection: ({ socket, params }) => {
    if (params.text("after") === "accept") socket.resetAndDestroy();
    else socket.once("data", () => socket.resetAndDestroy());
  },
  head: async ({ exchange }) => {
    await exchange.breakOff("reset");
    return "ended";
  },
};
