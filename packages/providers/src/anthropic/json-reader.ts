// Reads an answer that is one piece of JSON: held until whole, then checked to be whole.

import { type AnswerFacts, CODES, type Fault, type Reader, wordsOf } from "@fairlead/engine";
import { readUsage, scanAnswer, type Usage } from "@fairlead/protocol";

/** Of a long answer so many last bytes are looked at for its usage. */
const TAIL = 16_384;
/** Of its first bytes so many are looked at for its model, which stands before the content. */
const HEAD = 1_024;
const MODEL = /"model":\s*"([^"\\]+)"/;

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
  #first: Buffer | undefined;
  /** The last of its bytes: the API prints the usage behind the content. */
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(upstream: string) {
    this.#upstream = upstream;
  }

  push(chunk: Buffer): Buffer {
    this.#first ??= chunk;
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - (this.#tail[0] as Buffer).length >= TAIL) {
      this.#tailBytes -= (this.#tail.shift() as Buffer).length;
    }
    return chunk;
  }

  finish(held: readonly Buffer[] | undefined): {
    readonly rest: Buffer | undefined;
    readonly fault: Fault | undefined;
  } {
    // Passed on in part already: it was too long to be held, and its HTTP framing was right.
    if (held === undefined) {
      this.facts.usage = usageAtEnd(Buffer.concat(this.#tail).toString("utf8"));
      const [head] = (this.#first?.toString("latin1", 0, HEAD) ?? "").split('"content"', 1);
      this.facts.model = MODEL.exec(head ?? "")?.[1];
      return { rest: undefined, fault: undefined };
    }
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
    this.facts.model = scan.model || undefined;
    this.facts.stopReason = scan.stopReason ?? undefined;
    this.facts.messageId = scan.id;
    this.facts.silent = scan.silent;
    return { rest: undefined, fault: undefined };
  }
}

/** The usage that stands in the end of an answer's text, at its top level as far as that can be told; undefined when none does. */
function usageAtEnd(text: string): Usage | undefined {
  const at = text.lastIndexOf('"usage"');
  const from = at < 0 ? -1 : text.indexOf("{", at);
  if (from < 0) return undefined;
  // The object ends at the first brace at which it parses: it holds few of them.
  let tries = 0;
  for (let to = text.indexOf("}", from); to >= 0 && tries < 64; to = text.indexOf("}", to + 1), tries++) {
    try {
      return readUsage(JSON.parse(text.slice(from, to + 1)));
    } catch {
      // A brace inside.
    }
  }
  return undefined;
}
