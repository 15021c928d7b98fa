// A compressed answer as if it had come plain: for who hands on what an answer says, and not its very bytes.

import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Source, SourceSink } from "@fairlead/engine";
import type { WireHead } from "./judge.ts";

const UNPACKERS = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** The same response without its compression: the headers that told of it are left out. One of another kind stays as it is. */
export function unpacked<T extends WireHead>(head: T): T {
  const headers: string[] = [];
  let encoding = "";
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = head.headers[i] as string;
    const value = head.headers[i + 1] as string;
    const lower = name.toLowerCase();
    if (lower === "content-encoding") encoding += `${encoding === "" ? "" : ","}${value.trim().toLowerCase()}`;
    else if (lower !== "content-length") headers.push(name, value);
  }
  if (!Object.hasOwn(UNPACKERS, encoding)) return head;
  return { ...head, headers, source: new Unpacked(head.source, UNPACKERS[encoding as keyof typeof UNPACKERS]()) };
}

type Unpacker = ReturnType<(typeof UNPACKERS)[keyof typeof UNPACKERS]>;

class Unpacked implements Source {
  readonly #packed: Source;
  readonly #unpacker: Unpacker;
  #over = false;

  constructor(packed: Source, unpacker: Unpacker) {
    this.#packed = packed;
    this.#unpacker = unpacker;
  }

  start(sink: SourceSink): void {
    const packed = this.#packed;
    const unpacker = this.#unpacker;
    let any = false;
    const last = (tell: () => void) => {
      if (this.#over) return;
      this.#over = true;
      unpacker.destroy();
      tell();
    };
    unpacker.on("data", (chunk: Buffer) => {
      if (!this.#over) sink.data(chunk);
    });
    unpacker.on("drain", () => packed.resume());
    unpacker.on("end", () => last(() => sink.end()));
    unpacker.on("error", (e) => {
      packed.cancel();
      last(() => sink.fail(`what came compressed cannot be unpacked: ${e.message}`));
    });
    packed.start({
      data(chunk) {
        any = true;
        if (!unpacker.write(chunk)) packed.pause();
      },
      // No byte at all is an empty answer, as to HEAD and with 204, and no broken one.
      end: () => (any ? unpacker.end() : last(() => sink.end())),
      fail: (reason) => last(() => sink.fail(reason)),
    });
  }

  pause(): void {
    this.#unpacker.pause();
  }

  resume(): void {
    this.#unpacker.resume();
  }

  cancel(): void {
    this.#over = true;
    this.#packed.cancel();
    this.#unpacker.destroy();
  }
}
