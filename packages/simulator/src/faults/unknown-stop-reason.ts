// Unknown stop reason: the answer ends for a reason that nobody knows yet.

import type { FaultKind } from "./kind.ts";

/** The fault `unknown-stop-reason`. */
export const unknownStopReason: FaultKind = {
  name: "unknown-stop-reason",
  catalogue: ["F19"],
  summary: "stop_reason has an unknown value.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: { reason: { type: "string", default: "future_reason", about: "the stop reason" } },
  plan: (plan, params) => ({ ...plan, stopReason: params.text("reason") }),
};
