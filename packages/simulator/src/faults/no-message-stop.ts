// No message_stop: everything is there but the last event.

import type { FaultKind } from "./kind.ts";

/** The fault `no-message-stop`. */
export const noMessageStop: FaultKind = {
  name: "no-message-stop",
  catalogue: ["F9"],
  summary: "The stream ends cleanly behind message_delta; message_stop is missing.",
  phases: [{ phase: "after-message-delta", on: "streamed" }],
  params: {},
  strike: async (strike) => {
    await strike.running?.flush();
    strike.exchange.entry.ended = "fault";
    strike.exchange.end();
    return "ended";
  },
};
