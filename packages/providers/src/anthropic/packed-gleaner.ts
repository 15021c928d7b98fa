// Reads what a compressed answer says of itself once it has passed: its bytes go on as they are.

import type { AnswerFacts, Gleaner } from "@fairlead/engine";
import { ClaudeReader } from "./claude-reader.ts";
import { JsonReader } from "./json-reader.ts";
import { unpackerOf } from "./unpacker.ts";

/** Compressed bytes that are kept to be read. A longer answer is not read. */
const MOST_PACKED = 8_388_608;

/** A gleaner for an encoding; undefined for one that cannot be unpacked. @param inner reads the plain bytes, if not a message */
export function packedGleaner(encoding: string, streamed: boolean, inner?: Gleaner): Gleaner | undefined {
  const unpack = unpackerOf(encoding);
  return unpack === undefined ? undefined : new PackedGleaner(unpack, streamed, inner);
}

class PackedGleaner implements Gleaner {
  readonly inner: Gleaner | undefined;
  readonly #unpack: (bytes: Buffer) => Buffer;
  readonly #streamed: boolean;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(unpack: (bytes: Buffer) => Buffer, streamed: boolean, inner: Gleaner | undefined) {
    this.#unpack = unpack;
    this.#streamed = streamed;
    this.inner = inner;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MOST_PACKED) this.#pieces.push(chunk);
    else this.#pieces = [];
  }

  finish(): AnswerFacts | undefined {
    if (this.#bytes > MOST_PACKED || this.#bytes === 0) return undefined;
    try {
      const plain = this.#unpack(Buffer.concat(this.#pieces));
      this.#pieces = [];
      if (this.inner !== undefined) {
        this.inner.push(plain);
        return this.inner.finish();
      }
      const reader = this.#streamed ? new ClaudeReader("", false) : new JsonReader("");
      reader.push(plain);
      reader.finish(this.#streamed ? undefined : [plain]);
      return reader.facts;
    } catch {
      // Not what it says it is: nobody can count it.
      return undefined;
    }
  }
}
