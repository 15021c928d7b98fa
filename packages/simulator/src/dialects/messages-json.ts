// Messages as one JSON object, printed piece by piece so that a fault can strike inside it.

import type { AnswerEvent, Delta } from "../answers/events.ts";
import type { MessageHead, Printer } from "./printer.ts";

/** The Messages dialect without a stream (protocol.md 1.6). */
export function messagesJson(head: MessageHead): Printer {
  let closing = "";
  const print = (event: AnswerEvent): string => {
    switch (event.kind) {
      case "message_start":
        return `{"model":${JSON.stringify(head.model)},"id":"${head.id}","type":"message","role":"assistant","content":[`;
      case "content_block_start": {
        const begun = opened(event.block);
        closing = begun.closing;
        return (event.index > 0 ? "," : "") + begun.text;
      }
      case "content_block_delta": {
        const said = deltaText(event.delta, closing);
        closing = said.closing;
        return said.text;
      }
      case "content_block_stop":
        return closing;
      case "message_delta": {
        const { stop_reason, stop_sequence, ...rest } = event.result;
        const result = JSON.stringify({ stop_reason, stop_sequence, ...rest, usage: event.usage });
        return `],${result.slice(1, -1)}`;
      }
      case "message_stop":
        return "}";
      default:
        return "";
    }
  };
  return { contentType: "application/json", streamed: false, print, error: () => "" };
}

/** The open end of a block: what it begins with, and what will close it. */
function opened(block: Record<string, unknown>): { text: string; closing: string } {
  switch (block.type) {
    case "text":
      return { text: '{"type":"text","text":"', closing: '"}' };
    case "thinking":
      return { text: '{"type":"thinking","thinking":"', closing: '"}' };
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use": {
      const { input: _, ...rest } = block;
      return { text: `${JSON.stringify(rest).slice(0, -1)},"input":`, closing: "{}}" };
    }
    default:
      return { text: JSON.stringify(block), closing: "" };
  }
}

function deltaText(delta: Delta, closing: string): { text: string; closing: string } {
  switch (delta.type) {
    case "text_delta":
      return { text: JSON.stringify(delta.text).slice(1, -1), closing };
    case "thinking_delta":
      return { text: JSON.stringify(delta.thinking).slice(1, -1), closing };
    case "signature_delta":
      return { text: `","signature":${JSON.stringify(delta.signature)}`, closing: "}" };
    case "citations_delta": {
      const first = closing === '"}';
      return { text: `${first ? '","citations":[' : ","}${JSON.stringify(delta.citation)}`, closing: "]}" };
    }
    case "input_json_delta":
      return { text: delta.partial_json, closing: delta.partial_json === "" ? closing : "}" };
  }
}
