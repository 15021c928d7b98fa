// Reads what a compressed answer says of itself once it has passed: its bytes go on as they are.

import type { AnswerFacts, Gleaner, Reader } from "@fairlead/engine";
import { unpackerOf } from "./unpacker.ts";

/** Compressed bytes that are kept to be read. A longer answer is not read. */
const MOST_PACKED = 8_388_608;

/**
 * A gleaner for an encoding; undefined for one that cannot be unpacked.
 * @param reader reads the plain bytes when they are an answer
 * @param inner reads them when they are something else
 */
export function packedGleaner(encoding: string, reader: () => Reader, inner?: Gleaner): Gleaner | undefined {
  const unpack = unpackerOf(encoding);
  return unpack === undefined ? undefined : new PackedGleaner(unpack, reader, inner);
}

class PackedGleaner implements Gleaner {
  readonly inner: Gleaner | undefined;
  readonly #unpack: (bytes: Buffer) => Buffer;
  readonly #reader: () => Reader;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(unpack: (bytes: Buffer) => Buffer, reader: () => Reader, inner: Gleaner | undefined) {
    this.#unpack = unpack;
    this.#reader = reader;
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
      const reader = this.#reader();
      reader.push(plain);
      reader.finish(reader.streamed ? undefined : [plain]);
      const { facts, output } = reader;
      if (output !== undefined) facts.output = output;
      return facts;
    } catch {
      // Not what it says it is: nobody can count it.
      return undefined;
    }
  }
}
