// In-stream error: an error event ends a stream whose status was 200.

import type { FaultKind } from "./kind.ts";
import { INSIDE_STREAM } from "./phases.ts";
import { endWithError } from "./refusal.ts";

/** The fault `in-stream-error`. */
export const inStreamError: FaultKind = {
  name: "in-stream-error",
  catalogue: ["F8", "F26"],
  summary: "The events so far, then event: error, then the end. At mid-tool the input is cut inside its JSON.",
  phases: INSIDE_STREAM,
  params: {
    type: { type: "string", default: "overloaded_error", about: "error.type; it may be one that nobody knows" },
    message: { type: "string", default: "Overloaded", about: "error.message" },
  },
  strike: (strike) => endWithError(strike, strike.params.text("type"), strike.params.text("message"), null),
};
