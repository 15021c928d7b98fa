// Messages as server-sent events, framed as protocol.md 1.8 has it.

import type { AnswerEvent } from "../answers/events.ts";
import type { MessageHead, Printer } from "./printer.ts";

/** One frame: event name, one line of data, blank line. */
export function frame(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** The streamed Messages dialect. */
export function messagesSse(head: MessageHead): Printer {
  return {
    contentType: "text/event-stream; charset=utf-8",
    streamed: true,
    print: (event) => frame(event.kind, data(event, head)),
    error: (type, message, details, requestId) =>
      frame("error", JSON.stringify({ type: "error", error: { details, type, message }, request_id: requestId })),
  };
}

function data(event: AnswerEvent, head: MessageHead): string {
  switch (event.kind) {
    case "message_start":
      return JSON.stringify({
        type: "message_start",
        message: {
          model: head.model,
          id: head.id,
          type: "message",
          role: "assistant",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: event.usage,
        },
      });
    case "content_block_start":
      return `{"type":"content_block_start","index":${event.index},"content_block":${JSON.stringify(event.block)}}`;
    case "content_block_delta":
      return `{"type":"content_block_delta","index":${event.index},"delta":${JSON.stringify(event.delta)}}`;
    case "content_block_stop":
      return `{"type":"content_block_stop","index":${event.index}}`;
    case "message_delta":
      return `{"type":"message_delta","delta":${JSON.stringify(event.result)},"usage":${JSON.stringify(event.usage)}}`;
    default:
      return `{"type":"${event.kind}"}`;
  }
}
