// Many message_delta: the end of the message is told in several steps.

import { insert } from "./insertion.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `many-message-delta`. */
export const manyMessageDelta: FaultKind = {
  name: "many-message-delta",
  catalogue: ["F20"],
  summary: "Further message_delta events repeat the last one, usage cumulative, before message_stop.",
  phases: [{ phase: "after-message-delta", on: "streamed" }],
  params: { times: { type: "number", default: 2, min: 1, max: 1000, about: "how many more" } },
  strike: async (strike) => {
    const last = strike.running?.last;
    if (last?.kind !== "message_delta") return "go-on";
    for (let i = 0; i < strike.params.number("times"); i++) {
      await insert(strike, "message_delta", { type: "message_delta", delta: last.result, usage: last.usage });
    }
    return "go-on";
  },
};
