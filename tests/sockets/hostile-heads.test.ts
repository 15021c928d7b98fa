// Request lines and headers that no honest client sends, and bytes that are no HTTP at all.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, play, stillAlive } from "./hostile.ts";
import { talk } from "./wire.ts";
import { BODY, KEY, lines, request, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld(`
limits: { header_timeout: 1s }
`);
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

const POST = "POST /v1/messages HTTP/1.1";
const HOST = "host: gateway";
const FRAME = [`x-api-key: ${KEY}`, "content-type: application/json", `content-length: ${BODY.length}`];

/** A good request but for its Host lines. */
function hosts(name: string, said: readonly string[], status = 400): Case {
  return { name, say: [lines([POST, ...said, ...FRAME], BODY)], status, reaches: status === 200 ? 1 : 0 };
}

const HOSTS: readonly Case[] = [
  hosts("no Host", []),
  hosts("two Hosts that agree", [HOST, HOST]),
  hosts("two Hosts that differ", [HOST, "host: other"]),
  hosts("an empty Host", ["host:"]),
  hosts("a Host with a path", ["host: gateway/v1"]),
  hosts("a Host with credentials", ["host: user@gateway"]),
  hosts("a Host with a blank", ["host: gateway other"]),
  hosts("a Host with a list", ["host: gateway, other"]),
  hosts("a Host beyond ASCII", ["host: g\xe4teway"]),
  hosts("a Host with a port", ["host: gateway:4100"], 200),
  hosts("an IPv6 Host", ["host: [::1]:4100"], 200),
  { name: "no Host in HTTP/1.0", say: [lines(["POST /v1/messages HTTP/1.0", ...FRAME], BODY)], status: 400 },
];

function keyed(name: string, said: readonly string[], status: number): Case {
  const head = [POST, HOST, ...said, "content-type: application/json", `content-length: ${BODY.length}`];
  return { name, say: [lines(head, BODY)], status, reaches: status === 200 ? 1 : 0 };
}

const KEYS: readonly Case[] = [
  keyed("no key", [], 401),
  keyed("an empty key", ["x-api-key:"], 401),
  keyed("a wrong key", ["x-api-key: fl-dev-wrong"], 401),
  keyed("the key with a letter more", [`x-api-key: ${KEY}x`], 401),
  keyed("the key as Basic", [`authorization: Basic ${KEY}`], 401),
  keyed("two keys that differ", [`x-api-key: ${KEY}`, "x-api-key: other"], 400),
  keyed("the same key twice", [`x-api-key: ${KEY}`, `x-api-key: ${KEY}`], 200),
  keyed("two authorizations that differ", [`authorization: Bearer ${KEY}`, "authorization: Bearer other"], 400),
  keyed("a key of 60,000 characters", [`x-api-key: ${"k".repeat(60_000)}`], 401),
  keyed("a key with bytes beyond ASCII", ["x-api-key: k\xff\xfe"], 401),
];

const odd = (name: string, header: string, status: Case["status"] = 400): Case => ({
  name,
  say: [request(BODY, [header])],
  status,
  reaches: status === 200 ? 1 : 0,
});

const HEADERS: readonly Case[] = [
  odd("headers of 64 KB and more in one", `x-big: ${"a".repeat(66_000)}`, 431),
  odd(
    "headers of 64 KB and more in many",
    Array.from({ length: 4_000 }, (_, i) => `x-${i}: ${"a".repeat(16)}`).join("\r\n"),
    431,
  ),
  odd("3,000 short headers", Array.from({ length: 3_000 }, () => "a: b").join("\r\n"), 200),
  odd("a header without a colon", "just words"),
  odd("a header without a name", ": value"),
  odd("a name with a blank", "x y: z"),
  odd("a name beyond ASCII", "x-\xe4: z"),
  odd("a name with a NUL", "x-\0a: z"),
  odd("a value with a NUL", "x-a: b\0c"),
  odd("a value with a bare CR", "x-a: b\rx-b: c"),
  odd("a value with a bare LF", "x-a: b\nx-b: c"),
  odd("a folded value", "x-a: b\r\n c"),
  odd("a folded value by a tab", "x-a: b\r\n\tc"),
  odd("a value with an escape character", "x-a: \x1b[31m"),
  { name: "a folded first header", say: [`${POST}\r\n ${HOST}\r\n\r\n`], status: 400 },
  { name: "lines that end in LF only", say: [request().replaceAll("\r\n", "\n")], status: 400 },
];

const NO_HTTP: readonly Case[] = [
  { name: "HTTP/0.9", say: ["GET /v1/models\r\n\r\n"], status: 400 },
  { name: "HTTP/2.0", say: [lines(["POST /v1/messages HTTP/2.0", HOST])], status: 400 },
  { name: "HTTP/1.2", say: [lines(["POST /v1/messages HTTP/1.2", HOST])], status: 400 },
  { name: "HTTP/9.9", say: [lines(["POST /v1/messages HTTP/9.9", HOST])], status: 400 },
  { name: "http/1.1 in small letters", say: [lines(["POST /v1/messages http/1.1", HOST])], status: 400 },
  { name: "the HTTP/2 preface", say: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"], status: 400 },
  { name: "a TLS hello", say: [Buffer.from(`1603010200010001fc0303${"5a".repeat(200)}`, "hex")], status: 400 },
  { name: "an SSH greeting", say: ["SSH-2.0-OpenSSH_9.9\r\n"], status: 400 },
  { name: "SOCKS 5", say: [Buffer.from([5, 1, 0])], status: 400 },
  { name: "NUL bytes", say: [Buffer.alloc(1_000)], status: 400 },
  {
    name: "bytes of all kinds",
    say: [Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 151 + 7) & 255))],
    status: 400,
  },
  { name: "a PROXY line", say: [`PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${request()}`], status: 400 },
  { name: "a request line without end", say: [`GET /${"a".repeat(100_000)}`], status: 431 },
  { name: "a method that is none", say: [lines(["BREW /v1/messages HTTP/1.1", HOST])], status: 400 },
  { name: "a method in small letters", say: [lines(["post /v1/messages HTTP/1.1", HOST])], status: 400 },
  { name: "a method without end", say: [`${"P".repeat(100_000)}`], status: 400 },
  { name: "a tab in the request line", say: [lines(["POST\t/v1/messages\tHTTP/1.1", HOST])], status: 400 },
];

/** Node's parser forgives these; all that comes of it is a request without a key. */
const FORGIVEN: readonly Case[] = [
  { name: "another protocol's name", say: [lines(["POST /v1/messages RTSP/1.0", HOST])], status: 401 },
  { name: "two blanks in the request line", say: [lines(["POST  /v1/messages HTTP/1.1", HOST])], status: 401 },
];

describe("Host", () => {
  it.each(HOSTS)("$name", async (one) => void (await play(world, one)));
});
describe("keys", () => {
  it.each(KEYS)("$name", async (one) => void (await play(world, one)));

  it("no key is ever logged", () => {
    const log = world.log.join("\n");
    expect(log).not.toContain(KEY);
    expect(log).not.toContain("kkkk");
  });
});
describe("headers", () => {
  it.each(HEADERS)("$name", async (one) => void (await play(world, one)));

  it("3,000 headers arrive, every one", async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `a: ${i}`);
    await play(world, { name: "many", say: [request(BODY, many)], status: 200, reaches: 1 });
    expect(world.upstream.raw.join("").match(/\r\na: \d+/g)).toHaveLength(3_000);
  });
});
describe("no HTTP", () => {
  it.each([...NO_HTTP, ...FORGIVEN])("$name", async (one) => void (await play(world, one)));
});

describe("HTTP/1.0", () => {
  it("a good request is answered, and the connection closed", async () => {
    const said = await play(world, {
      name: "1.0",
      say: [request(BODY, [], "POST /v1/messages HTTP/1.0")],
      status: 200,
      reaches: 1,
    });
    expect(said.bytes.toString()).toMatch(/\r\nconnection: close\r\n/i);
  });

  it("a stream is answered without chunks", async () => {
    const said = await talk(
      world.gateway.url,
      [request(BODY.replace("{", '{"stream":true,'), [], "POST /v1/messages HTTP/1.0")],
      {
        responses: 2,
      },
    );
    expect(said.end).toBe("fin");
    expect(said.bytes.toString()).not.toMatch(/transfer-encoding/i);
    expect(said.responses[0]?.body.toString()).toMatch(
      /^event: message_start[\s\S]*event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/,
    );
  });
});

describe("slow headers", () => {
  const slow: readonly Case[] = [
    { name: "half a request line", say: ["POST /v1/mes"], status: 408 },
    { name: "headers that stop", say: [`${POST}\r\n${HOST}\r\nx-a: `], status: 408 },
    {
      name: "headers that drip",
      say: [`${POST}\r\n`, ...Array.from({ length: 40 }, (_, i) => [100, `x-${i}: y\r\n`]).flat()],
      status: 408,
    },
    { name: "nothing at all", say: [], status: 408 },
  ];
  it.each(slow)("$name", async (one) => {
    const said = await play(world, one);
    expect(said.ms).toBeGreaterThan(900);
    expect(said.ms).toBeLessThan(2_500);
  });
});
