// Prompt too long: the input is larger than the window, in the words that Claude Code compacts on.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `prompt-too-long`. */
export const promptTooLong = refusal(
  {
    name: "prompt-too-long",
    phases: ONLY_INSTEAD,
    catalogue: ["F4"],
    summary: "400 invalid_request_error: prompt is too long: A tokens > B maximum.",
    params: {
      tokens: { type: "number", default: 1_000_001, about: "A" },
      most: { type: "number", default: 1_000_000, about: "B" },
    },
  },
  (params) => ({
    status: 400,
    type: "invalid_request_error",
    message: `prompt is too long: ${params.number("tokens")} tokens > ${params.number("most")} maximum`,
  }),
);
