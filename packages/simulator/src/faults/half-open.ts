// Half-open: somebody accepts, and then neither reads nor answers.

import type { FaultKind } from "./kind.ts";

/** The fault `half-open`. */
export const halfOpen: FaultKind = {
  name: "half-open",
  catalogue: ["F11", "F14"],
  summary:
    "The connection is accepted and never read, so that a large request blocks. By header: the body is never read.",
  phases: [{ phase: "connect", on: "both" }],
  params: {},
  edge: true,
  connection: ({ socket }) => {
    socket.pause();
  },
  head: async ({ exchange }) => {
    exchange.entry.ended = "fault";
    exchange.socket.pause();
    await exchange.waitForever();
    return "ended";
  },
};
