// Unknown event: an event of a kind that nobody knows yet.

import { insert } from "./insertion.ts";
import type { FaultKind } from "./kind.ts";
import { INSIDE_STREAM } from "./phases.ts";

/** The fault `unknown-event`. */
export const unknownEvent: FaultKind = {
  name: "unknown-event",
  catalogue: ["F19"],
  summary: "An event of an unknown kind with JSON data, inside an otherwise right stream.",
  phases: INSIDE_STREAM,
  params: { name: { type: "string", default: "future_event", about: "the event's name" } },
  strike: (strike) =>
    insert(strike, strike.params.text("name"), { type: strike.params.text("name"), note: "from the future" }),
};
