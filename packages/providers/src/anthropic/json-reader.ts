// Reads an answer that is one piece of JSON: held until whole, then checked to be whole.

import { type AnswerFacts, CODES, type Fault, type Reader, wordsOf } from "@fairlead/engine";
import { scanAnswer } from "@fairlead/protocol";

/** The reader of one JSON answer. */
export class JsonReader implements Reader {
  readonly streamed = false;
  readonly started = false;
  readonly content = false;
  readonly complete = false;
  readonly fault = undefined;
  readonly told = false;
  readonly facts: AnswerFacts = { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };
  readonly #upstream: string;

  constructor(upstream: string) {
    this.#upstream = upstream;
  }

  push(chunk: Buffer): Buffer {
    return chunk;
  }

  finish(held: readonly Buffer[] | undefined): {
    readonly rest: Buffer | undefined;
    readonly fault: Fault | undefined;
  } {
    // Passed on in part already: it was too long to be held, and its HTTP framing was right.
    if (held === undefined) return { rest: undefined, fault: undefined };
    const scan = scanAnswer(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held));
    if (!scan.ok) {
      const message = wordsOf("malformed_answer", { upstream: this.#upstream });
      const fault: Fault = {
        verdict: "cut-early",
        code: "malformed_answer",
        type: CODES.malformed_answer.type,
        message,
      };
      return { rest: undefined, fault };
    }
    this.facts.usage = scan.usage;
    this.facts.model = scan.model;
    this.facts.stopReason = scan.stopReason ?? undefined;
    return { rest: undefined, fault: undefined };
  }
}
