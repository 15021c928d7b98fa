// Unknown block: a content block of a kind that nobody knows yet.

import type { FaultKind } from "./kind.ts";

/** The fault `unknown-block`. */
export const unknownBlock: FaultKind = {
  name: "unknown-block",
  catalogue: ["F19"],
  summary: "The answer's first content block has an unknown type; the others follow it.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: { type: { type: "string", default: "future_block", about: "the block's type" } },
  plan: (plan, params) => ({
    ...plan,
    blocks: [{ type: "whole", block: { type: params.text("type"), future: "from the future" } }, ...plan.blocks],
  }),
};
