// The response parser: every chunking, what is malformed, and node's own client as the judge of what is valid.

import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ResponseParser } from "./response-parser.ts";

interface Read {
  status: number;
  headers: string[];
  keepAlive: boolean;
  body: string;
  ended: boolean;
  clean: boolean | undefined;
  asked: boolean;
}

/** Reads pieces as one response; throws what the parser throws. */
function read(pieces: readonly Buffer[], head = false): Read {
  const got: Read = { status: 0, headers: [], keepAlive: false, body: "", ended: false, clean: undefined, asked: true };
  const parser = new ResponseParser({
    head(status, headers, keepAlive) {
      Object.assign(got, { status, headers, keepAlive });
    },
    body(bytes) {
      got.body += bytes.toString("latin1");
    },
    end(clean) {
      expect(got.ended).toBe(false);
      got.ended = true;
      got.clean = clean;
    },
  });
  parser.expect(head);
  // As on the wire: each piece lies in a buffer that is overwritten afterwards.
  const shared = Buffer.alloc(65_536);
  for (const piece of pieces) {
    piece.copy(shared);
    got.asked = parser.push(shared.subarray(0, piece.length)) && got.asked;
  }
  return got;
}

function cut(text: string, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  const cuts = [...new Set(at.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}

const body = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const header = fc.tuple(fc.stringMatching(/^x-[a-z0-9-]{1,12}$/), fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/));
const chunkedText = fc
  .array(
    fc.tuple(
      body.filter((one) => one !== ""),
      fc.constantFrom("", ";a=b", ';c="d;e"'),
    ),
    { maxLength: 6 },
  )
  .map((chunks) => ({
    text: `${chunks.map(([data, extension]) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`).join("")}0\r\n`,
    body: chunks.map(([data]) => data).join(""),
  }));

const response = fc
  .record({
    interim: fc.constantFrom("", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    status: fc.constantFrom(200, 201, 400, 429, 500, 529),
    headers: fc.array(header, { maxLength: 8 }),
    framing: fc.oneof(
      body.map((text) => ({ head: `Content-Length: ${text.length}\r\n`, text, body: text })),
      fc.tuple(chunkedText, fc.constantFrom("", "x-trailer: 1\r\n")).map(([chunks, trailer]) => ({
        head: "transfer-encoding: Chunked\r\n",
        text: `${chunks.text}${trailer}\r\n`,
        body: chunks.body,
      })),
    ),
  })
  .map(({ interim, status, headers, framing }) => ({
    text: `${interim}HTTP/1.1 ${status} Some Words\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${framing.head}\r\n${framing.text}`,
    status,
    headers: headers.flat(),
    body: framing.body,
  }));

describe("valid responses", () => {
  it("are read the same under any chunking", () => {
    fc.assert(
      fc.property(response, fc.array(fc.nat(), { maxLength: 12 }), (one, at) => {
        const got = read(cut(one.text, at));
        expect(got).toMatchObject({
          status: one.status,
          body: one.body,
          ended: true,
          clean: true,
          asked: true,
          keepAlive: true,
        });
        expect(got.headers.slice(0, -2)).toEqual(one.headers);
      }),
      { numRuns: 600 },
    );
  });

  it("are read byte by byte", () => {
    fc.assert(
      fc.property(response, (one) => {
        const got = read([...Buffer.from(one.text, "latin1")].map((byte) => Buffer.from([byte])));
        expect(got).toMatchObject({ status: one.status, body: one.body, ended: true, clean: true });
      }),
      { numRuns: 150 },
    );
  });

  it("bytes behind a response are never taken for part of it, and are told", () => {
    fc.assert(
      fc.property(response, fc.array(fc.nat(), { maxLength: 6 }), (one, at) => {
        const got = read(cut(`${one.text}HTTP/1.1 200 OK\r\n\r\n`, at));
        expect(got).toMatchObject({ status: one.status, body: one.body, ended: true, asked: false });
      }),
      { numRuns: 300 },
    );
    expect(read([Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1")]).clean).toBe(false);
    expect(read([Buffer.from("HTTP/1.1 204 No\r\n\r\nx")]).clean).toBe(false);
    expect(read([Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nx")]).clean).toBe(false);
  });
});

describe("against node's own client", () => {
  let text = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(text, "latin1"));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());

  it("both read the same", async () => {
    await fc.assert(
      fc.asyncProperty(response, async (one) => {
        text = one.text;
        const node = await viaNode((server.address() as AddressInfo).port);
        const got = read([Buffer.from(one.text, "latin1")]);
        expect({ status: got.status, headers: got.headers, body: got.body }).toEqual(node);
      }),
      { numRuns: 120 },
    );
  });

  function viaNode(port: number): Promise<{ status: number; headers: string[]; body: string }> {
    return new Promise((resolve, reject) => {
      const req = request({ port, host: "127.0.0.1", agent: false }, (res: IncomingMessage) => {
        let got = "";
        res.on("data", (bytes: Buffer) => {
          got += bytes.toString("latin1");
        });
        res.on("end", () => resolve({ status: res.statusCode ?? 0, headers: res.rawHeaders, body: got }));
        res.on("error", reject);
      });
      req.on("error", reject);
      req.end();
    });
  }
});

describe("what ends where", () => {
  const cases: ReadonlyArray<readonly [name: string, text: string, head: boolean, expected: Partial<Read>]> = [
    ["HEAD with a length", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n", true, { ended: true, keepAlive: true }],
    [
      "HEAD with chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
      true,
      { ended: true, keepAlive: true },
    ],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", false, { ended: true, keepAlive: true }],
    [
      "304 with a length",
      "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
      false,
      { ended: true, keepAlive: true },
    ],
    ["length 0", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false, { ended: true, keepAlive: true }],
    ["no framing at all", "HTTP/1.1 200 OK\r\n\r\nabc", false, { ended: false, body: "abc", keepAlive: false }],
    [
      "connection: close",
      "HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 1\r\n\r\na",
      false,
      { ended: true, keepAlive: false },
    ],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", false, { ended: true, keepAlive: false }],
    [
      "HTTP/1.0 that keeps alive",
      "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na",
      false,
      { keepAlive: true },
    ],
    ["no reason phrase", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", false, { status: 200, ended: true }],
    [
      "the same length twice",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
      false,
      { ended: true },
    ],
    [
      "many interim responses",
      `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(50)}HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na`,
      false,
      { status: 200, body: "a" },
    ],
  ];
  it.each(cases)("%s", (_name, text, head, expected) => {
    expect(read([Buffer.from(text)], head)).toMatchObject(expected);
  });
});

describe("malformed responses", () => {
  const OK = "HTTP/1.1 200 OK\r\n";
  const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
  const cases: ReadonlyArray<readonly [name: string, text: string]> = [
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["HTTP/2", "HTTP/2 200 OK\r\n\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status beyond 599", "HTTP/1.1 600 OK\r\n\r\n"],
    ["a status that is no number", "HTTP/1.1 abc OK\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n"],
    ["a header without a colon", `${OK}nothing\r\n\r\n`],
    ["a header without a name", `${OK}: x\r\n\r\n`],
    ["a folded header", `${OK}a: b\r\n c: d\r\n\r\n`],
    ["a blank before the colon", `${OK}content-length : 5\r\n\r\nhello`],
    ["two lengths", `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ["a list of lengths", `${OK}content-length: 1, 1\r\n\r\na`],
    ["a negative length", `${OK}content-length: -1\r\n\r\n`],
    ["a length with a plus", `${OK}content-length: +1\r\n\r\na`],
    ["a length in hex", `${OK}content-length: 0x1\r\n\r\na`],
    ["length and chunks", `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["an encoding other than chunked", `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["xchunked", `${OK}transfer-encoding: xchunked\r\n\r\n`],
    ["a chunk size that is no number", `${CHUNKED}zz\r\n`],
    ["an empty chunk size", `${CHUNKED}\r\n`],
    ["a negative chunk size", `${CHUNKED}-1\r\n`],
    ["a chunk size beyond 2^53", `${CHUNKED}ffffffffffffff\r\n`],
    ["a chunk longer than said", `${CHUNKED}1\r\nab\r\n`],
    ["bare line feeds in chunks", `${CHUNKED}1\na\n0\n\n`],
    ["a chunk extension of 5 KB", `${CHUNKED}1;${"a".repeat(5_000)}\r\na\r\n`],
    ["headers of 200 KB", `${OK}a: ${"b".repeat(200_000)}\r\n\r\n`],
  ];
  it.each(cases)("%s", (_name, text) => {
    const bytes = Buffer.from(text, "latin1");
    const pieces = Array.from({ length: Math.ceil(bytes.length / 60_000) }, (_, i) =>
      bytes.subarray(i * 60_000, (i + 1) * 60_000),
    );
    expect(() => read(pieces)).toThrow(/\w{3}/);
    if (bytes.length < 10_000) expect(() => read([...bytes].map((byte) => Buffer.from([byte])))).toThrow(/\w{3}/);
  });
});
