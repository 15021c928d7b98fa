// Reads a Messages API event stream on its way: where content begins, what it cost, whether it is whole.

import type { AnswerFacts, Fault, Reader } from "@fairlead/engine";
import { CODES, wordsOf } from "@fairlead/engine";
import { frameData, frameName, mergeUsage, readError, readUsage, SseSplitter } from "@fairlead/protocol";
import { OutputBytes } from "./output-bytes.ts";
import { verdictOfType } from "./verdict-of-type.ts";

const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** An event is held back until it is whole; one longer than this is taken for broken. Bytes: the API's largest body. */
const MAX_FRAME = 33_554_432;

/** The reader of one streamed answer in the dialect of the Messages API. */
export class ClaudeReader implements Reader {
  readonly streamed = true;
  started = false;
  content = false;
  complete = false;
  fault: Fault | undefined;
  told = false;
  readonly facts: AnswerFacts = {
    usage: undefined,
    model: undefined,
    stopReason: undefined,
    messageId: undefined,
    provisional: false,
  };
  readonly output: OutputBytes = new OutputBytes();
  readonly #upstream: string;
  readonly #strict: boolean;
  readonly #splitter: SseSplitter;
  #malformed: Buffer | undefined;
  #frames = 0;

  /**
   * @param upstream the upstream's name, for messages
   * @param strict parse the data of every known event (when the answer is held until whole), not just the ends of it
   */
  constructor(upstream: string, strict: boolean) {
    this.#upstream = upstream;
    this.#strict = strict;
    this.#splitter = new SseSplitter((frame) => this.#frame(frame));
  }

  push(chunk: Buffer): Buffer {
    const out = this.#splitter.push(chunk);
    if (this.#splitter.heldBytes > MAX_FRAME && this.fault === undefined) {
      const message = wordsOf("frame_too_large", { upstream: this.#upstream, limit: `${MAX_FRAME / 1_048_576} MB` });
      this.fault = { verdict: "cut", code: "frame_too_large", type: CODES.frame_too_large.type, message };
    }
    const bad = this.#malformed;
    if (bad === undefined) return out;
    // Everything before the malformed frame is the upstream's honest word and goes on; the frame does not.
    const from = bad.buffer === out.buffer ? bad.byteOffset - out.byteOffset : out.indexOf(bad);
    return out.subarray(0, Math.max(0, from));
  }

  finish(): { readonly rest: Buffer | undefined; readonly fault: Fault | undefined } {
    const rest = this.#splitter.rest();
    // A last frame without its blank line still counts as long as it is whole.
    if (rest.length > 0 && !this.complete && wholeFrame(rest)) this.#frame(rest);
    if (this.fault !== undefined) return { rest, fault: this.fault };
    // A stop reason was given: nothing of the answer is missing, only its closing word.
    if (this.complete || this.facts.stopReason !== undefined) return { rest, fault: undefined };
    const reason = this.#frames === 0 ? "the stream held no events" : "the stream ended before the answer was whole";
    return { rest: undefined, fault: { verdict: "cut", code: "cut", type: "api_error", message: reason } };
  }

  #frame(frame: Buffer): void {
    if (this.fault !== undefined) return;
    this.#frames += 1;
    switch (frameName(frame)) {
      case "content_block_delta":
        if (this.#sound(frame)) {
          this.started = true;
          this.content = true;
          this.output.delta(frame);
        }
        return;
      case "content_block_start":
        if (this.#sound(frame)) this.started = true;
        this.output.block();
        return;
      case "content_block_stop":
        if (this.#sound(frame)) {
          this.started = true;
          this.content = true;
        }
        return;
      case "message_start": {
        const message = this.#parsed(frame)?.message as { [key: string]: unknown } | undefined;
        if (message !== undefined && message !== null) {
          this.facts.usage = readUsage(message.usage);
          this.facts.provisional = true;
          this.facts.model = text(message.model);
          this.facts.messageId = text(message.id);
        }
        return;
      }
      case "message_delta": {
        const event = this.#parsed(frame);
        if (event === undefined) return;
        this.started = true;
        this.content = true;
        this.facts.usage = mergeUsage(this.facts.usage ?? readUsage(undefined), event.usage);
        if (tellsOutput(event.usage)) {
          this.facts.provisional = false;
          this.output.tell(this.facts.usage.outputTokens);
        }
        this.facts.stopReason =
          text((event.delta as { stop_reason?: unknown } | undefined)?.stop_reason) ?? this.facts.stopReason;
        return;
      }
      case "message_stop":
        if (this.#sound(frame)) {
          this.content = true;
          this.complete = true;
        }
        return;
      case "error": {
        const error = readError(frameData(frame) ?? Buffer.alloc(0));
        const type = error.type ?? "api_error";
        this.told = true;
        this.fault = {
          verdict: this.content ? "cut" : verdictOfType(type, error.message ?? "", error.code),
          code: undefined,
          type,
          message: error.message ?? "the upstream told an error in its stream",
          attempts: error.attempts,
        };
        return;
      }
      default:
    }
  }

  /** Whether a known event's data can be JSON: its ends look so, or in strict mode it parses. */
  #sound(frame: Buffer): boolean {
    const data = frameData(frame);
    const ends = data !== undefined && data[firstInk(data)] === OPEN_BRACE && data[lastInk(data)] === CLOSE_BRACE;
    if (ends && (!this.#strict || parses(data))) return true;
    this.#bad(frame);
    return false;
  }

  #parsed(frame: Buffer): { readonly [key: string]: unknown } | undefined {
    const data = frameData(frame);
    try {
      const value: unknown = JSON.parse(data === undefined ? "" : data.toString("utf8"));
      if (typeof value === "object" && value !== null) return value as { [key: string]: unknown };
    } catch {
      // Told below.
    }
    this.#bad(frame);
    return undefined;
  }

  #bad(frame: Buffer): void {
    this.#malformed = frame;
    this.fault = {
      verdict: "cut",
      code: "malformed_event",
      type: CODES.malformed_event.type,
      message: wordsOf("malformed_event", { upstream: this.#upstream }),
    };
  }
}

/** Index of the first byte that is not a blank. */
function firstInk(data: Buffer): number {
  let at = 0;
  while (at < data.length - 1 && (data[at] as number) <= 32) at += 1;
  return at;
}

/** Index of the last byte that is not a blank. */
function lastInk(data: Buffer): number {
  let at = data.length - 1;
  while (at > 0 && (data[at] as number) <= 32) at -= 1;
  return at;
}

/** Whether a usage says how many tokens of output there are. */
function tellsOutput(usage: unknown): boolean {
  return typeof (usage as { output_tokens?: unknown } | null | undefined)?.output_tokens === "number";
}

function parses(data: Buffer): boolean {
  try {
    JSON.parse(data.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

function wholeFrame(rest: Buffer): boolean {
  const data = frameData(rest);
  return data !== undefined && parses(data);
}

/** A text that says something. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
