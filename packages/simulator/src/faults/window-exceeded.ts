// Window exceeded: the answer runs into the end of the context window.

import { cutAt, sizeOf } from "../answers/plan.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `window-exceeded`. */
export const windowExceeded: FaultKind = {
  name: "window-exceeded",
  catalogue: ["F25"],
  summary: "stop_reason model_context_window_exceeded, the answer cut in half.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: {},
  plan: (plan) => {
    const reason = "model_context_window_exceeded";
    const chars = plan.blocks.reduce((sum, block) => sum + sizeOf(block), 0);
    return { ...cutAt(plan, Math.ceil(chars / 2), reason), stopReason: reason, stopSequence: null };
  },
};
