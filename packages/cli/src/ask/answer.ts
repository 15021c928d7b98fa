// Follows a streamed answer: hands text on as it comes and remembers how it went.

import { mergeUsage, NO_USAGE, SseReader, type Usage } from "@fairlead/protocol";

/** What is handed on while an answer comes. */
export interface AnswerListener {
  text(piece: string): void;
  thinking(piece: string): void;
}

/** An error that the stream told. */
export interface ToldError {
  readonly type: string;
  readonly message: string;
  readonly requestId?: string;
}

/** A streamed answer in the making. */
export class Answer {
  usage: Usage = NO_USAGE;
  model: string | undefined;
  stopReason: string | undefined;
  error: ToldError | undefined;
  /** True once message_stop has come: only then the answer is whole. */
  whole = false;
  /** All text so far. */
  text = "";
  /** Names of the tools that it wants called. */
  readonly tools: string[] = [];
  readonly #listener: AnswerListener;
  readonly #reader: SseReader;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
    this.#reader = new SseReader((frame) => this.#take(frame.data));
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  /** Takes the end. */
  end(): void {
    this.#reader.end();
  }

  #take(data: string): void {
    const event = parse(data);
    switch (event.type) {
      case "message_start": {
        const message = record(event.message);
        this.model = text(message.model);
        this.usage = mergeUsage(this.usage, message.usage);
        return;
      }
      case "content_block_start": {
        const block = record(event.content_block);
        if (block.type === "text") this.#say(text(block.text) ?? "");
        else if (block.type === "tool_use") this.tools.push(text(block.name) ?? "");
        return;
      }
      case "content_block_delta": {
        const delta = record(event.delta);
        if (delta.type === "text_delta") this.#say(text(delta.text) ?? "");
        else if (delta.type === "thinking_delta") this.#listener.thinking(text(delta.thinking) ?? "");
        return;
      }
      case "message_delta":
        this.stopReason = text(record(event.delta).stop_reason) ?? this.stopReason;
        this.usage = mergeUsage(this.usage, event.usage);
        return;
      case "message_stop":
        this.whole = true;
        return;
      case "error":
        this.error = readToldError(event);
    }
  }

  #say(piece: string): void {
    if (piece === "") return;
    this.text += piece;
    this.#listener.text(piece);
  }
}

/** The error of an envelope `{"type":"error","error":{…},"request_id":…}`, or undefined when it is none. */
export function readToldError(envelope: unknown): ToldError | undefined {
  const whole = record(envelope);
  const error = record(whole.error);
  const message = text(error.message);
  if (message === undefined) return undefined;
  const requestId = text(whole.request_id);
  return { type: text(error.type) ?? "error", message, ...(requestId === undefined ? {} : { requestId }) };
}

type Fields = { readonly [key: string]: unknown };

function parse(data: string): Fields {
  try {
    return record(JSON.parse(data));
  } catch {
    return {};
  }
}

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
