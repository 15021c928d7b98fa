// Reads an event stream of the OpenAI dialect (chat completions): data frames without names, `[DONE]` at the end.

import type { AnswerFacts, Fault, OutputCount, Reader } from "@fairlead/engine";
import { frameData, readError, readUsage, SseSplitter } from "@fairlead/protocol";
import { verdictOfType } from "./verdict-of-type.ts";

const DONE = Buffer.from("[DONE]");
const ERROR = Buffer.from('"error"');
const USAGE = Buffer.from('"usage"');
const FINISH = Buffer.from('"finish_reason":"');
const FINISH_SPACED = Buffer.from('"finish_reason": "');

const MODEL = /"model":\s*"([^"]+)"/;

/** A text that is not empty. */
const TEXT = /"content":\s*"[^"]/;

/** The reader of one streamed chat completion. */
export class OpenAiReader implements Reader {
  readonly streamed = true;
  started = false;
  content = false;
  complete = false;
  fault: Fault | undefined;
  told = false;
  readonly facts: AnswerFacts = { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };
  readonly output: OutputCount & { bytes: number } = { bytes: 0, told: undefined, toldAt: 0 };
  readonly #splitter: SseSplitter;

  constructor() {
    this.#splitter = new SseSplitter((frame) => this.#frame(frame));
  }

  push(chunk: Buffer): Buffer {
    return this.#splitter.push(chunk);
  }

  finish(): { readonly rest: Buffer | undefined; readonly fault: Fault | undefined } {
    const rest = this.#splitter.rest();
    if (rest.length > 0) this.#frame(rest);
    if (this.fault !== undefined || this.complete || this.facts.stopReason !== undefined)
      return { rest, fault: this.fault };
    const message = "the stream ended before the answer was whole";
    return { rest: undefined, fault: { verdict: "cut", code: "cut", type: "api_error", message } };
  }

  #usage(data: Buffer): void {
    try {
      const { usage } = JSON.parse(data.toString("utf8")) as { usage?: unknown };
      if (typeof usage === "object" && usage !== null) this.facts.usage = readUsage(usage);
    } catch {
      // It is passed on as it is; nobody can count it.
    }
  }

  #frame(frame: Buffer): void {
    const data = frameData(frame);
    if (data === undefined || this.fault !== undefined) return;
    if (data.equals(DONE)) {
      this.complete = true;
      return;
    }
    const at = data.indexOf(ERROR);
    if (at > 0 && at < 4) {
      const error = readError(data);
      const type = error.type ?? "api_error";
      this.told = true;
      const message = error.message ?? "the upstream told an error in its stream";
      this.fault = {
        verdict: this.content ? "cut" : verdictOfType(type, message, error.code),
        code: undefined,
        type,
        message,
      };
      return;
    }
    const second = this.started;
    this.started = true;
    this.output.bytes += outputBytes(data);
    // The first chunk names the role, with an empty text; the second brings content.
    this.content ||= second || data.includes('"tool_calls"') || TEXT.test(data.toString("latin1"));
    this.facts.model ??= MODEL.exec(data.toString("latin1", 0, Math.min(data.length, 400)))?.[1];
    if (data.includes(FINISH) || data.includes(FINISH_SPACED)) this.facts.stopReason = "stop";
    // A usage comes in the last chunks, when the caller asked for it.
    if (this.facts.stopReason !== undefined && data.includes(USAGE)) this.#usage(data);
  }
}

/** Bytes of output in a chunk: text and the arguments of calls. What is around them is many times as long. */
function outputBytes(data: Buffer): number {
  let bytes = 0;
  const add = (text: unknown) => {
    if (typeof text === "string") bytes += Buffer.byteLength(text);
  };
  try {
    const { choices } = JSON.parse(data.toString("utf8")) as { choices?: Choice[] };
    for (const { delta } of choices ?? []) {
      add(delta?.content);
      add(delta?.refusal);
      for (const call of delta?.tool_calls ?? []) add(call.function?.arguments);
    }
  } catch {
    // It is passed on as it is; nobody can count it.
  }
  return bytes;
}

interface Choice {
  readonly delta?: {
    readonly content?: unknown;
    readonly refusal?: unknown;
    readonly tool_calls?: readonly { readonly function?: { readonly arguments?: unknown } }[] | null;
  };
}
