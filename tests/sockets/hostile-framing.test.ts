// Requests whose length can be read in two ways, and chunks that are none: refused, and never seen by the upstream.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, play, stillAlive } from "./hostile.ts";
import { BODY, request, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("limits: { body_timeout: 1s }\n");
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

/** A second request hidden behind the first: it must never be acted on. */
const HIDDEN = request();
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

function framed(name: string, headers: readonly string[], body: string, status: Case["status"] = 400): Case {
  return { name, say: [request(body, headers)], status };
}

const TE = "transfer-encoding: chunked";
const LENGTHS: readonly Case[] = [
  framed("length, then chunked", [`content-length: ${CHUNKED.length}`, TE], CHUNKED + HIDDEN),
  framed("chunked, then length", [TE, `content-length: ${CHUNKED.length}`], CHUNKED + HIDDEN),
  framed("length 0 and chunked", ["content-length: 0", TE], CHUNKED),
  framed("two lengths that differ", ["content-length: 5", `content-length: ${BODY.length}`], BODY + HIDDEN),
  framed("two lengths that agree", [`content-length: ${BODY.length}`, `content-length: ${BODY.length}`], BODY),
  framed("a list of lengths", [`content-length: ${BODY.length}, ${BODY.length}`], BODY),
  framed("a length with a plus", [`content-length: +${BODY.length}`], BODY),
  framed("a negative length", [`content-length: -${BODY.length}`], BODY),
  framed("a length in hex", [`content-length: 0x${BODY.length.toString(16)}`], BODY),
  framed("a length with a blank inside", ["content-length: 8 4"], BODY),
  framed("a length with a fraction", [`content-length: ${BODY.length}.0`], BODY),
  framed("a length with an exponent", ["content-length: 1e2"], BODY),
  framed("an empty length", ["content-length:"], BODY),
  framed("a word for a length", ["content-length: many"], BODY),
  framed("a length beyond 64 bits", ["content-length: 99999999999999999999999"], BODY),
  framed("a blank before the colon", [`content-length : ${BODY.length}`], BODY),
  framed("a tab before the colon", [`content-length\t: ${BODY.length}`], BODY),
];

const ENCODINGS: readonly Case[] = [
  framed("xchunked", ["transfer-encoding: xchunked"], CHUNKED),
  framed("identity", ["transfer-encoding: identity"], CHUNKED),
  framed("identity, chunked", ["transfer-encoding: identity, chunked"], CHUNKED),
  framed("gzip, chunked", ["transfer-encoding: gzip, chunked"], CHUNKED),
  framed("chunked, identity", ["transfer-encoding: chunked, identity"], CHUNKED),
  framed("chunked twice in one line", ["transfer-encoding: chunked, chunked"], CHUNKED),
  framed("chunked in two lines", [TE, TE], CHUNKED),
  framed("chunked and then identity in two lines", [TE, "transfer-encoding: identity"], CHUNKED),
  framed("a vertical tab in front", ["transfer-encoding: \x0bchunked"], CHUNKED),
  framed("quoted", ['transfer-encoding: "chunked"'], CHUNKED),
  framed("a blank before the colon", ["transfer-encoding : chunked"], CHUNKED),
  framed("a tab before the colon", ["transfer-encoding\t: chunked"], CHUNKED),
  framed("a parameter", ["transfer-encoding: chunked;q=1"], CHUNKED),
  framed("empty", ["transfer-encoding:"], CHUNKED),
  framed("a folded line", ["transfer-encoding:\r\n chunked"], CHUNKED),
  framed("a line in front of the name", ["x: y\r\n transfer-encoding: chunked"], CHUNKED),
  { name: "chunked in HTTP/1.0", say: [request(CHUNKED, [TE], "POST /v1/messages HTTP/1.0")], status: 400 },
];

function chunks(name: string, body: string, status: Case["status"] = 400): Case {
  return framed(name, [TE], body, status);
}

const size = BODY.length.toString(16);
const CHUNKS: readonly Case[] = [
  chunks("a size that is no number", `zz\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("a negative size", `-5\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("a size with 0x", `0x${size}\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("a size with a blank in front", ` ${size}\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("an empty size", `\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("a size beyond 64 bits", `fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("a chunk longer than said", `5\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("no line end behind a chunk", `${size}\r\n${BODY}0\r\n\r\n`),
  chunks("a bare LF behind the size", `${size}\n${BODY}\r\n0\r\n\r\n`),
  chunks("a bare LF behind the data", `${size}\r\n${BODY}\n0\r\n\r\n`),
  chunks("a bare CR behind the size", `${size}\r${BODY}\r\n0\r\n\r\n`),
  chunks("a bare LF in an extension", `${size};a\nb\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("an extension of 64 KB", `${size};${"a".repeat(65_536)}\r\n${BODY}\r\n0\r\n\r\n`),
  chunks("no terminator", `${size}\r\n${BODY}\r\n`, 408),
  chunks("a length among the trailers", `${size}\r\n${BODY}\r\n0\r\ncontent-length: 5\r\n\r\n`),
  chunks("an encoding among the trailers", `${size}\r\n${BODY}\r\n0\r\n${TE}\r\n\r\n`),
  chunks("trailers ended by a bare LF", `${size}\r\n${BODY}\r\n0\r\nx-a: b\n\n`),
];

describe("Content-Length", () => {
  it.each(LENGTHS)("$name", async (one) => void (await play(world, one)));
});
describe("Transfer-Encoding", () => {
  it.each(ENCODINGS)("$name", async (one) => void (await play(world, one)));
});
describe("chunks", () => {
  it.each(CHUNKS)("$name", async (one) => void (await play(world, one)));

  it("trailers of 64 KB and more", async () => {
    const trailers = Array.from({ length: 2_000 }, (_, i) => `x-${i}: ${"a".repeat(60)}\r\n`).join("");
    await play(world, chunks("trailers", `${size}\r\n${BODY}\r\n0\r\n${trailers}\r\n`, 431));
  });
});

describe("what reaches the upstream", () => {
  const single: ReadonlyArray<readonly [name: string, headers: readonly string[], body: string]> = [
    ["a body by length", [`content-length: ${BODY.length}`], BODY],
    ["chunks", [TE], CHUNKED],
    ["chunks named in capitals", ["Transfer-Encoding: CHUNKED"], CHUNKED],
    ["one byte a chunk", [TE], `${[...BODY].map((c) => `1\r\n${c}\r\n`).join("")}0\r\n\r\n`],
    ["extensions and leading zeros", [TE], `000${size};a=b;c="d"\r\n${BODY}\r\n0000\r\n\r\n`],
    [
      "a connection header that names others",
      [`content-length: ${BODY.length}`, "connection: close, x-secret, content-length", "x-secret: 1"],
      BODY,
    ],
    [
      "hop-by-hop headers",
      [
        `content-length: ${BODY.length}`,
        "te: trailers",
        "trailer: x-a",
        "keep-alive: timeout=1",
        "proxy-connection: keep-alive",
        "proxy-authorization: Basic eA==",
      ],
      BODY,
    ],
  ];
  it.each(single)("%s: one request with one length", async (name, headers, body) => {
    await play(world, { name, say: [request(body, headers)], status: 200, reaches: 1 });
    const wire = Buffer.concat(world.upstream.raw).toString("latin1");
    expect(wire.match(/HTTP\/1\.1\r\n/g)).toHaveLength(1);
    expect(wire.match(/content-length: *\d+\r\n/gi)).toEqual([`Content-Length: ${BODY.length}\r\n`]);
    expect(wire).not.toMatch(/transfer-encoding|x-secret|\nte:|trailer|keep-alive|proxy-/i);
    expect(wire.endsWith(`\r\n\r\n${BODY}`)).toBe(true);
  });
});
