// Answers without bytes worth parsing: two marks stand for the content and for the end, and a reader knows them.

import type { AnswerFacts, Fault, Reader } from "@fairlead/engine";
import type { Usage } from "@fairlead/protocol";

/** What a light answer is made of; each is told by its identity. */
export const MARKS = {
  /** `message_start` and pings: nothing is under way yet. */
  head: Buffer.from("head\n"),
  content: Buffer.from("content\n"),
  stop: Buffer.from("stop\n"),
  /** The upstream's own `event: error` with overloaded_error. */
  overloaded: Buffer.from("error overloaded_error\n"),
  /** The upstream's own `event: error` with api_error. */
  broken: Buffer.from("error api_error\n"),
} as const;

const OVERLOADED: Fault = {
  verdict: "overloaded",
  code: undefined,
  type: "overloaded_error",
  message: "Overloaded",
};
const BROKEN: Fault = { verdict: "upstream-fault", code: undefined, type: "api_error", message: "Internal error" };
const CUT: Fault = { verdict: "cut", code: "cut", type: "api_error", message: "the stream ended before it was whole" };

/** Reads marks. */
export class LightReader implements Reader {
  readonly streamed = true;
  started = false;
  content = false;
  complete = false;
  fault: Fault | undefined = undefined;
  told = false;
  readonly facts: AnswerFacts;

  readonly #usage: Usage;

  /** @param usage what the answer will have cost: its input is told with the content, its output at the end */
  constructor(usage: Usage) {
    this.#usage = usage;
    this.facts = { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };
  }

  push(chunk: Buffer): Buffer {
    if (chunk === MARKS.content) {
      this.started = true;
      this.content = true;
      this.facts.usage = { ...this.#usage, outputTokens: 1 };
    } else if (chunk === MARKS.stop) {
      this.complete = true;
      this.facts.usage = this.#usage;
    } else if (chunk === MARKS.overloaded) {
      this.fault = OVERLOADED;
      this.told = true;
    } else if (chunk === MARKS.broken) {
      this.fault = BROKEN;
      this.told = true;
    }
    return chunk;
  }

  finish(): { readonly rest: Buffer | undefined; readonly fault: Fault | undefined } {
    return { rest: undefined, fault: this.complete ? undefined : CUT };
  }
}
