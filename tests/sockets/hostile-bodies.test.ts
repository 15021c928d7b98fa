// Bodies that no honest client sends: each gets one clear refusal, on every route that reads its body.

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, play, stillAlive } from "./hostile.ts";
import type { Say } from "./wire.ts";
import { BODY, KEY, lines, request, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("limits: { body_timeout: 1s }\n");
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

/** Every route whose body must hold a model. */
const MODEL_ROUTES = [
  "/v1/messages",
  "/v1/messages?beta=true",
  "/v1/messages/count_tokens",
  "/v1/complete",
  "/v1/chat/completions",
];

/** A request with a body of raw bytes. */
function bytes(path: string, body: Buffer, headers: readonly string[] = []): Say[] {
  return [request("", [...headers, `content-length: ${body.length}`], `POST ${path} HTTP/1.1`), body];
}

const text = (body: string) => Buffer.from(body, "utf8");

const BAD_JSON: ReadonlyArray<readonly [name: string, body: Buffer]> = [
  ["nothing", text("")],
  ["blanks only", text(" \r\n\t ")],
  ["truncated object", text('{"model":"claude-test","messages":[{"role":"us')],
  ["truncated behind a key", text('{"model":')],
  ["trailing garbage", text(`${BODY}x`)],
  ["two objects", text(`${BODY}${BODY}`)],
  ["trailing comma", text('{"model":"claude-test",}')],
  ["an array", text(`[${BODY}]`)],
  ["a number", text("42")],
  ["a string", text('"model"')],
  ["null", text("null")],
  ["single quotes", text("{'model':'claude-test'}")],
  ["a comment", text('{/* hi */"model":"claude-test"}')],
  ["no colon", text('{"model" "claude-test"}')],
  ["NaN", text('{"model":"claude-test","max_tokens":NaN}')],
  ["a NUL byte between members", text('{"model":"claude-test",\0"max_tokens":1}')],
  ["a NUL byte in front", text(`\0${BODY}`)],
  ["a raw control character in the model", text('{"model":"claude\u0001test"}')],
  ["UTF-16", Buffer.from(`\ufeff${BODY}`, "utf16le")],
  ["half a byte order mark", Buffer.concat([Buffer.from([0xef, 0xbb]), text(BODY)])],
  ["a million open brackets", text(`{"model":"claude-test","messages":${"[".repeat(1_000_000)}`)],
  ["a million open braces", text('{"a":'.repeat(1_000_000))],
  ["brackets crossed", text('{"model":"claude-test","messages":[{]}}')],
  ["form data", text("model=claude-test&max_tokens=1")],
  ["multipart", text('--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nclaude\r\n--x--')],
];

const BAD_FIELDS: ReadonlyArray<readonly [name: string, body: string]> = [
  ["no model", '{"max_tokens":1}'],
  ["an empty object", "{}"],
  ["model null", '{"model":null}'],
  ["model a number", '{"model":4}'],
  ["model an array", '{"model":["claude-test"]}'],
  ["model an object", '{"model":{"name":"claude-test"}}'],
  ["model empty", '{"model":""}'],
  ["model longer than a name can be", `{"model":"${"m".repeat(2_049)}"}`],
  ["model of megabytes", `{"model":"claude-${"m".repeat(4_000_000)}"}`],
  ["model only deeper", '{"metadata":{"model":"claude-test"}}'],
  ["model twice, the last one wrong", '{"model":"claude-test","model":7}'],
  ["stream a string", '{"model":"claude-test","stream":"true"}'],
  ["stream a number", '{"model":"claude-test","stream":1}'],
  ["max_tokens a string", '{"model":"claude-test","max_tokens":"16"}'],
  ["max_tokens an object", '{"model":"claude-test","max_tokens":{}}'],
];

/** Odd, but JSON: it must pass, and arrive as it was sent. */
const GOOD: ReadonlyArray<readonly [name: string, body: Buffer]> = [
  ["a byte order mark", text(`\ufeff${BODY}`)],
  [
    "a million levels deep",
    text(`{"model":"claude-test","messages":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`),
  ],
  [
    "invalid UTF-8 in a string",
    Buffer.concat([text('{"model":"claude-test","x":"'), Buffer.from([0xff, 0xc0, 0x80]), text('"}')]),
  ],
  ["a model as long as the longest names of Bedrock", text(`{"model":"${"m".repeat(2_048)}"}`)],
  ["the model's key in escapes", text('{"\\u006dodel":"claude-test"}')],
  ["__proto__ and constructor", text('{"__proto__":{"model":"x"},"constructor":1,"model":"claude-test"}')],
];

describe.each(MODEL_ROUTES)("POST %s", (path) => {
  it.each(BAD_JSON)("%s", async (name, body) => {
    await play(world, { name, say: bytes(path, body), status: 400 });
  });
  it.each(BAD_FIELDS)("%s", async (name, body) => {
    await play(world, { name, say: bytes(path, text(body)), status: 400 });
  });
  it.each(GOOD)("%s passes untouched", async (name, body) => {
    await play(world, { name, say: bytes(path, body), status: 200, reaches: 1 });
    expect(world.upstream.received[0]?.body.equals(body)).toBe(true);
  });
});

const ENCODED: readonly Case[] = [
  ...["gzip", "br", "zstd", "GZIP", "gzip, identity", "x-unknown"].map((encoding) => ({
    name: `content-encoding ${encoding}`,
    say: bytes("/v1/messages", gzipSync(BODY), [`content-encoding: ${encoding}`]),
    status: 415,
  })),
  { name: "gzip without saying so", say: bytes("/v1/messages", gzipSync(BODY)), status: 400 },
  ...[
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "json",
  ].map((type) => ({
    name: `content-type ${type}`,
    say: [
      lines(
        [
          "POST /v1/messages HTTP/1.1",
          "host: gateway",
          `x-api-key: ${KEY}`,
          `content-type: ${type}`,
          `content-length: ${BODY.length}`,
        ],
        BODY,
      ),
    ],
    status: 415,
  })),
];

it.each(ENCODED)("$name", async (one) => {
  await play(world, one);
});

const UNFINISHED: readonly Case[] = [
  { name: "a body that stops", say: [request('{"model":', ["content-length: 100"])], status: 408 },
  {
    name: "a chunked body that stops",
    say: [request('9\r\n{"model":\r\n', ["transfer-encoding: chunked"])],
    status: 408,
  },
  {
    name: "a body that ends too early, the connection half closed",
    say: [request('{"model":', ["content-length: 100"]), "FIN"],
    status: 400,
  },
  {
    name: "a chunked body that ends too early, the connection half closed",
    say: [request('9\r\n{"model":\r\n', ["transfer-encoding: chunked"]), "FIN"],
    status: 400,
  },
];

it.each(UNFINISHED)("$name", async (one) => {
  await play(world, one);
});

it("a body that drips slower than it may be silent, but never silent, is taken", async () => {
  const head = request("", [`content-length: ${BODY.length}`]);
  const drips: Say[] = [head];
  for (let i = 0; i < BODY.length; i += 30) drips.push(300, BODY.slice(i, i + 30));
  await play(world, { name: "drip", say: drips, status: 200, reaches: 1 });
});

describe("bodies where none is expected", () => {
  it.each([
    ["GET", "/v1/models"],
    ["GET", "/v1/models/claude-test"],
    ["DELETE", "/v1/files/file_1"],
    ["GET", "/v1/messages/batches"],
  ])("%s %s with a body reaches the upstream as one request", async (method, path) => {
    const body = "GET /v1/files HTTP/1.1\r\nhost: x\r\n\r\n";
    await play(world, { name: path, say: [request(body, [], `${method} ${path} HTTP/1.1`)], status: 200, reaches: 1 });
    expect(world.upstream.received[0]?.body.toString()).toBe(body);
  });
});
