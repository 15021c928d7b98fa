// Malformed event: the data of one event is no JSON.

import { frame } from "../dialects/messages-sse.ts";
import type { FaultKind } from "./kind.ts";
import { INSIDE_STREAM } from "./phases.ts";

const BROKEN = frame("content_block_delta", '{"type":"content_block_delta","index":0,"delta":{"type":"text_de');

/** The fault `malformed-event`. */
export const malformedEvent: FaultKind = {
  name: "malformed-event",
  catalogue: ["F19"],
  summary:
    "An event with broken JSON is put into the stream as its tenth event, pings not counted (the last but one when there are fewer); at any other phase, right there.",
  phases: [
    { phase: "after-headers", on: "streamed", meaning: "as the event with number `position`" },
    ...INSIDE_STREAM.filter(({ phase }) => phase !== "after-headers"),
  ],
  params: { position: { type: "number", default: 10, min: 1, about: "number of the event, from 1, at after-headers" } },
  pieces: (params, phase) => {
    let left = phase === "after-headers" ? params.number("position") : 1;
    return (text, event) => {
      if (left <= 0 || event.kind === "ping") return text;
      left = event.kind === "message_stop" ? 0 : left - 1;
      return left === 0 ? BROKEN + text : text;
    };
  },
};
