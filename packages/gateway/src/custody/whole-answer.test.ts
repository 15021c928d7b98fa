// Tests of answers that are read whole: what they say is found under whatever compression an upstream put on it.

import zlib from "node:zlib";
import type { Answer } from "@fairlead/engine";
import { expect, test } from "vitest";
import { jsonOf } from "./whole-answer.ts";

const SAID = Buffer.from('{"id":"file_1","type":"file"}');

function answer(encoding?: string): Answer {
  return { headers: encoding === undefined ? [] : ["Content-Encoding", encoding] } as unknown as Answer;
}

test.each([
  ["none", undefined, SAID],
  ["identity", "identity", SAID],
  ["gzip", "gzip", zlib.gzipSync(SAID)],
  ["x-gzip", "X-GZIP", zlib.gzipSync(SAID)],
  ["deflate", "deflate", zlib.deflateSync(SAID)],
  ["deflate without its frame", "deflate", zlib.deflateRawSync(SAID)],
  ["br", "br", zlib.brotliCompressSync(SAID)],
  ["zstd", "zstd", zlib.zstdCompressSync(SAID)],
])("compressed: %s", (_name, encoding, bytes) => {
  expect(jsonOf(answer(encoding), bytes)).toEqual({ id: "file_1", type: "file" });
});

test.each([
  ["an encoding that nothing here unpacks", "compress", SAID],
  ["bytes that are not what they are said to be", "gzip", SAID],
  ["no object", undefined, Buffer.from("[1]")],
  ["what becomes too large", "gzip", zlib.gzipSync(Buffer.alloc(70_000_000, " "))],
])("nothing is told by %s", (_name, encoding, bytes) => {
  expect(jsonOf(answer(encoding), bytes)).toBeUndefined();
});
