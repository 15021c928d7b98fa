// The legacy text completions, JSON and streamed (protocol.md 5).

import type { AnswerEvent, Result } from "../answers/events.ts";
import { frame } from "./messages-sse.ts";
import type { MessageHead, Printer } from "./printer.ts";

/** Prints completions. */
export function completePrinter(streamed: boolean): (head: MessageHead) => Printer {
  return (head) => {
    let held = "";
    const said = (completion: string, result?: Result) =>
      JSON.stringify({
        type: "completion",
        id: head.id,
        completion,
        stop_reason: result === undefined ? null : result.stop_reason === "max_tokens" ? "max_tokens" : "stop_sequence",
        model: head.model,
        stop: result?.stop_sequence ?? null,
        log_id: head.id,
      });
    const print = (event: AnswerEvent): string => {
      const text = event.kind === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : "";
      if (!streamed) {
        held += text;
        return event.kind === "message_delta" ? said(held, event.result) : "";
      }
      if (event.kind === "ping") return frame("ping", '{"type":"ping"}');
      if (event.kind === "message_delta") return frame("completion", said("", event.result));
      return text === "" ? "" : frame("completion", said(text));
    };
    return {
      contentType: streamed ? "text/event-stream; charset=utf-8" : "application/json",
      streamed,
      print,
      error: (type, message, details, requestId) =>
        frame("error", JSON.stringify({ type: "error", error: { details, type, message }, request_id: requestId })),
    };
  };
}
