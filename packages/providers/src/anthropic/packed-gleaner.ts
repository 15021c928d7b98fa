// Reads what a compressed answer says of itself once it has passed: its bytes go on as they are.

import { brotliDecompressSync, gunzipSync, inflateSync, constants as zlib } from "node:zlib";
import type { AnswerFacts, Gleaner } from "@fairlead/engine";
import { ClaudeReader } from "./claude-reader.ts";
import { JsonReader } from "./json-reader.ts";

/** Compressed bytes that are kept to be read, and what they may become. A longer answer is not read. */
const MOST_PACKED = 8_388_608;
const MOST_PLAIN = 67_108_864;

/** What unpacks an encoding, a cut end included. */
const UNPACK: { readonly [encoding: string]: (bytes: Buffer) => Buffer } = {
  gzip: (bytes) => gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: MOST_PLAIN }),
  deflate: (bytes) => inflateSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: MOST_PLAIN }),
  br: (bytes) => brotliDecompressSync(bytes, { finishFlush: zlib.BROTLI_OPERATION_FLUSH, maxOutputLength: MOST_PLAIN }),
};

/** A gleaner for an encoding; undefined for one that cannot be unpacked. @param inner reads the plain bytes, if not a message */
export function packedGleaner(encoding: string, streamed: boolean, inner?: Gleaner): Gleaner | undefined {
  const plain = encoding.trim().toLowerCase().replace(/^x-/, "");
  const unpack = Object.hasOwn(UNPACK, plain) ? UNPACK[plain] : undefined;
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
