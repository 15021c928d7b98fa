// The OpenAI face: chat completions, JSON and streamed with [DONE] (protocol.md 5).

import type { AnswerEvent } from "../answers/events.ts";
import type { MessageHead, Printer } from "./printer.ts";

const FINISH: Record<string, string> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter",
};

/** Prints chat completions as server-sent events. `withUsage`: a last chunk with usage and no choices. */
export function chatStream(withUsage: boolean): (head: MessageHead) => Printer {
  return (head) => {
    const calls: number[] = [];
    const chunk = (delta: Record<string, unknown>, finish: string | null = null) =>
      line({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
    const line = (rest: Record<string, unknown>) =>
      `data: ${JSON.stringify({ id: head.id, object: "chat.completion.chunk", created: head.created, model: head.model, ...rest })}\n\n`;
    const print = (event: AnswerEvent): string => {
      switch (event.kind) {
        case "message_start":
          return chunk({ role: "assistant", content: "" });
        case "content_block_start": {
          if (event.block.type !== "tool_use") return "";
          const call = { id: event.block.id, type: "function", function: { name: event.block.name, arguments: "" } };
          return chunk({ tool_calls: [{ index: calls.push(event.index) - 1, ...call }] });
        }
        case "content_block_delta": {
          const { delta } = event;
          if (delta.type === "text_delta") return chunk({ content: delta.text });
          const call = calls.indexOf(event.index);
          if (delta.type !== "input_json_delta" || call < 0 || delta.partial_json === "") return "";
          return chunk({ tool_calls: [{ index: call, function: { arguments: delta.partial_json } }] });
        }
        case "message_delta": {
          const end = chunk({}, FINISH[event.result.stop_reason] ?? "stop");
          return withUsage ? end + line({ choices: [], usage: usageOf(event.usage) }) : end;
        }
        case "message_stop":
          return "data: [DONE]\n\n";
        case "ping":
          return ": ping\n\n";
        default:
          return "";
      }
    };
    const error = (type: string, message: string) =>
      `data: ${JSON.stringify({ error: { message, type, param: null, code: null } })}\n\n`;
    return { contentType: "text/event-stream; charset=utf-8", streamed: true, print, error };
  };
}

/** Prints a chat completion as one JSON object, piece by piece. */
export function chatJson(head: MessageHead): Printer {
  const calls: Array<{ index: number; call: Record<string, unknown>; json: string }> = [];
  let open = false;
  const print = (event: AnswerEvent): string => {
    switch (event.kind) {
      case "message_start":
        return `{"id":"${head.id}","object":"chat.completion","created":${head.created},"model":${JSON.stringify(head.model)},"choices":[{"index":0,"message":{"role":"assistant","content":`;
      case "content_block_start":
        if (event.block.type === "tool_use") calls.push({ index: event.index, call: event.block, json: "" });
        return "";
      case "content_block_delta": {
        const { delta } = event;
        if (delta.type === "text_delta") {
          const begin = open ? "" : '"';
          open = true;
          return begin + JSON.stringify(delta.text).slice(1, -1);
        }
        const call = calls.find(({ index }) => index === event.index);
        if (delta.type === "input_json_delta" && call !== undefined) call.json += delta.partial_json;
        return "";
      }
      case "message_delta": {
        const finish = FINISH[event.result.stop_reason] ?? "stop";
        const listed = calls.map(({ call, json }) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: json },
        }));
        const tools = listed.length === 0 ? "" : `,"tool_calls":${JSON.stringify(listed)}`;
        return `${open ? '"' : "null"}${tools},"refusal":null},"logprobs":null,"finish_reason":"${finish}"}],"usage":${JSON.stringify(usageOf(event.usage))}`;
      }
      case "message_stop":
        return "}";
      default:
        return "";
    }
  };
  return { contentType: "application/json", streamed: false, print, error: () => "" };
}

function usageOf(usage: Record<string, unknown>): Record<string, number> {
  const number = (name: string) => Number(usage[name] ?? 0);
  const prompt = number("input_tokens") + number("cache_creation_input_tokens") + number("cache_read_input_tokens");
  const completion = number("output_tokens");
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
