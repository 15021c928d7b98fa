// Accept, then close: a balancer without servers behind it.

import type { FaultKind } from "./kind.ts";

/** The fault `accept-then-close`. */
export const acceptThenClose: FaultKind = {
  name: "accept-then-close",
  catalogue: ["F16"],
  summary: "FIN on accept, without a byte. By header: when the head of the request is read.",
  phases: [{ phase: "connect", on: "both" }],
  params: {},
  edge: true,
  connection: ({ socket }) => {
    socket.destroySoon();
  },
  head: async ({ exchange }) => {
    await exchange.breakOff("fin");
    return "ended";
  },
};
