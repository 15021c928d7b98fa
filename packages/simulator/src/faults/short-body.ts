// Short body: fewer bytes arrive than were announced.

import type { FaultKind } from "./kind.ts";
import { INSIDE } from "./phases.ts";

/** The fault `short-body`. */
export const shortBody: FaultKind = {
  name: "short-body",
  catalogue: ["F10"],
  summary:
    "The connection closes before the announced bytes are there: a content-length larger than what was sent (JSON), or a chunk shorter than its size line (streams).",
  phases: INSIDE,
  params: {},
  strike: async (strike) => {
    const { exchange, running, streamed } = strike;
    await running?.flush();
    await exchange.flush();
    if (streamed) exchange.socket.write("400\r\nevent: content_block");
    await exchange.breakOff("fin");
    return "ended";
  },
};
