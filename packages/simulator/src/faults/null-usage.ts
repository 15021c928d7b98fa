// Null usage: what usage may leave out is null, or the whole of it is missing at the end.

import type { FaultKind } from "./kind.ts";

/** The fault `null-usage`. */
export const nullUsage: FaultKind = {
  name: "null-usage",
  catalogue: ["F20"],
  summary: "Every optional field of usage is null.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: {},
  plan: (plan) => ({
    ...plan,
    usage: {
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      cache_creation: null,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: null,
      ...plan.usage,
    },
  }),
};
