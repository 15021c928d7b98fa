// Pause turn: a server tool's loop pauses, and the client must send the turn back.

import { paused } from "../answers/author.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `pause-turn`. */
export const pauseTurn: FaultKind = {
  name: "pause-turn",
  catalogue: ["F25"],
  summary: "stop_reason pause_turn behind a server_tool_use block without its result.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: {},
  plan: (plan, _params, study) => paused(plan, study),
};
