// Unknown delta: a delta of a kind that nobody knows yet, in a block that is open.

import { currentIndex, insert } from "./insertion.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `unknown-delta`. */
export const unknownDelta: FaultKind = {
  name: "unknown-delta",
  catalogue: ["F19"],
  summary: "A content_block_delta with an unknown delta type, in the open block.",
  phases: [
    { phase: "mid-text", on: "streamed" },
    { phase: "mid-thinking", on: "streamed" },
    { phase: "mid-tool", on: "streamed" },
  ],
  params: {},
  strike: (strike) =>
    insert(strike, "content_block_delta", {
      type: "content_block_delta",
      index: currentIndex(strike),
      delta: { type: "future_delta", future: "from the future" },
    }),
};
