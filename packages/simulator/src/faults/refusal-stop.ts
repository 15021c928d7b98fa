// Refusal: the model declines, before any output or in the middle of it.

import { refused } from "../answers/author.ts";
import { cutAt, sizeOf } from "../answers/plan.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `refusal`. */
export const refusalStop: FaultKind = {
  name: "refusal",
  catalogue: ["F25"],
  summary:
    "stop_reason refusal with stop_details: before output with empty content and unbilled, or mid-text with half an answer, billed.",
  phases: [
    { phase: "before-headers", on: "both", meaning: "before any output" },
    { phase: "mid-text", on: "both", meaning: "after half of the output" },
  ],
  params: {},
  plan: (plan, _params, _study, phase) => {
    if (phase === "before-headers") return refused(plan, true);
    const chars = plan.blocks.reduce((sum, block) => sum + sizeOf(block), 0);
    const text = plan.blocks.findIndex((block) => block.type === "text");
    const before = plan.blocks.slice(0, Math.max(0, text)).reduce((sum, block) => sum + sizeOf(block), 0);
    return refused(cutAt(plan, Math.ceil((before + chars) / 2), "refusal"), false);
  },
};
