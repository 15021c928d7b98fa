// Counts the content in a stream's delta events, without parsing them: what a cut answer produced is worked out from it.

import type { OutputCount } from "@fairlead/engine";
import { frameData } from "@fairlead/protocol";

/** A delta that carries output, up to where its text begins, when the type comes first as the API prints it. */
const OUTPUT = /"type":\s*"(?:text|thinking|input_json)_delta",\s*"(?:text|thinking|partial_json)":\s*"/;
/** All that may follow the text. */
const AFTER = /^"\s*\}\s*\}\s*$/;

/** Counts over one stream. The deltas of one block differ in their text alone, so one of them is looked at for all. */
export class OutputBytes implements OutputCount {
  bytes = 0;
  told: number | undefined;
  toldAt = 0;
  /** Bytes of a delta of this block besides its text; below 0 before one was seen. */
  #around = -1;
  #typeAt = 0;
  #type: number | undefined;

  /** A block begins: its index may be longer than that of the last. */
  block(): void {
    this.#around = -1;
  }

  /** A delta event. */
  delta(frame: Buffer): void {
    // A signature in a block of thinking has another type, and is no output.
    if (this.#around < 0 || frame[this.#typeAt] !== this.#type) this.#learn(frame);
    else this.bytes += Math.max(0, frame.length - this.#around);
  }

  /** The upstream told how many tokens of output there are by now. */
  tell(tokens: number): void {
    this.told = tokens;
    this.toldAt = this.bytes;
  }

  #learn(frame: Buffer): void {
    const text = frame.toString("latin1");
    const found = OUTPUT.exec(text);
    if (found === null) {
      this.bytes += parsedLength(frame);
      return;
    }
    const from = found.index + found[0].length;
    const to = text.lastIndexOf('"');
    if (to < from || !AFTER.test(text.slice(to))) {
      this.bytes += parsedLength(frame);
      return;
    }
    this.#around = text.length - (to - from);
    this.#typeAt = text.indexOf('_delta"', found.index) - 1;
    this.#type = frame[this.#typeAt];
    this.bytes += to - from;
  }
}

/** Bytes of output in a delta of an unusual form. */
function parsedLength(frame: Buffer): number {
  try {
    const event = JSON.parse((frameData(frame) ?? Buffer.alloc(0)).toString("utf8")) as { delta?: unknown };
    const delta = (event.delta ?? {}) as { [key: string]: unknown };
    const text = delta.text ?? delta.thinking ?? delta.partial_json;
    return typeof text === "string" ? Buffer.byteLength(text) : 0;
  } catch {
    return 0;
  }
}
