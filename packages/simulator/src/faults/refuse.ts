// Refuse: nobody listens on the region's port.

import type { FaultKind } from "./kind.ts";

/** The fault `refuse`. */
export const refuse: FaultKind = {
  name: "refuse",
  catalogue: ["F16"],
  summary:
    "The listener is closed: connecting gives ECONNREFUSED, idle connections are closed, others when their answer is sent. Refused connections cannot be " +
    "counted, so once and times close the port for windowMs each, and a share closes that share of all windows.",
  phases: [{ phase: "connect", on: "both" }],
  params: {
    windowMs: {
      type: "number",
      default: 500,
      min: 1,
      about: "length of one refusal in milliseconds, for once, times and share",
    },
  },
  edge: true,
  closesListener: true,
};
