// No last blank line: the stream ends right behind the data of its last event.

import type { FaultKind } from "./kind.ts";

/** The fault `no-last-blank-line`. */
export const noLastBlankLine: FaultKind = {
  name: "no-last-blank-line",
  catalogue: ["F18"],
  summary: "message_stop is sent without the blank line that completes it.",
  phases: [{ phase: "after-message-delta", on: "streamed" }],
  params: {},
  pieces: () => (text, event) => (event.kind === "message_stop" ? text.replace(/(?:\r\n|\r|\n)$/, "") : text),
};
