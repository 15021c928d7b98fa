// What the plain reader takes, node's parser must read alike; all else it must leave to node.

import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainHead } from "./plain-head.ts";

const LIMIT = 16_384;
const GOOD = "POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nX-Api-Key:  k \r\nContent-Length: 5\r\n\r\nhello";

const read = (text: string, limit = LIMIT) => plainHead(Buffer.from(text, "latin1"), limit);

describe("a plain head", () => {
  it("is read as it stands, without blanks around values", () => {
    expect(read(GOOD)).toEqual({
      method: "POST",
      url: "/v1/messages?beta=true",
      rawHeaders: ["Host", "a", "X-Api-Key", "k", "Content-Length", "5"],
      contentLength: 5,
      end: GOOD.length - 5,
    });
    expect(read("GET /healthz HTTP/1.1\r\nhost:a\r\n\r\n")).toMatchObject({ method: "GET", contentLength: 0 });
    expect(read("GET / HTTP/1.1\r\nx:\t\xe4\xff \t\r\n\r\n")?.rawHeaders).toEqual(["x", "\xe4\xff"]);
  });

  it.each([
    ["not whole", GOOD.slice(0, 40)],
    ["another method", GOOD.replace("POST", "DELETE")],
    ["a method in small letters", GOOD.replace("POST", "post")],
    ["another version", GOOD.replace("HTTP/1.1", "HTTP/1.0")],
    ["a whole address as its target", GOOD.replace("/v1", "http://x/v1")],
    ["a blank in its target", GOOD.replace("?", " ")],
    ["letters beyond ASCII in its target", GOOD.replace("beta", "b\xe9ta")],
    ["chunks", GOOD.replace("Content-Length: 5", "Transfer-Encoding: chunked")],
    ["both framings", GOOD.replace("Host: a", "Transfer-Encoding: chunked")],
    ["two lengths", GOOD.replace("Host: a", "Content-Length: 5")],
    ["a length with a sign", GOOD.replace(": 5", ": +5")],
    ["a length with a list", GOOD.replace(": 5", ": 5, 5")],
    ["an empty length", GOOD.replace(": 5", ":")],
    ["a length in hexadecimal", GOOD.replace(": 5", ": 0x5")],
    ["a GET with a body", GOOD.replace("POST", "GET")],
    ["an expectation", GOOD.replace("Host: a", "Expect: 100-continue")],
    ["an upgrade", GOOD.replace("Host: a", "Upgrade: h2c")],
    ["a connection to be closed", GOOD.replace("Host: a", "Connection: close")],
    ["a folded line", GOOD.replace("Host: a", "Host: a\r\n b")],
    ["a blank before the colon", GOOD.replace("Host:", "Host :")],
    ["a line without a colon", GOOD.replace("Host: a", "Host")],
    ["an empty name", GOOD.replace("Host: a", ": a")],
    ["a bare line feed", GOOD.replace("Host: a\r\n", "Host: a\n")],
    ["a bare carriage return", GOOD.replace("Host: a", "Host: a\rb")],
    ["a zero byte", GOOD.replace("Host: a", "Host: a\0")],
    ["a blank line before it", `\r\n${GOOD}`],
    ["no header at all", "GET / HTTP/1.1\r\n\r\n"],
  ])("is none with %s", (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it("is none when it is longer than it may be", () => {
    expect(read(GOOD, GOOD.length - 5)).toBeDefined();
    expect(read(GOOD, GOOD.length - 6)).toBeUndefined();
  });

  it("is looked at in linear time, whatever it holds", () => {
    const hostile = (unit: string) =>
      `POST / HTTP/1.1\r\n${unit.repeat(Math.floor(1_000_000 / unit.length))}\x01\r\n\r\n`;
    const startedAt = performance.now();
    for (const unit of ["a", " ", "a: \r\n", "a:", "\t ", "a: b c\r\n"])
      expect(read(hostile(unit), 2_000_000)).toBeUndefined();
    // Six megabytes; a quadratic look at one would take hours.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("beside node's parser", () => {
  let server: Server;
  let seen: ((req: IncomingMessage | undefined, body: string) => void) | undefined;
  beforeAll(async () => {
    server = createServer({ requireHostHeader: false }, (req, res) => {
      const pieces: Buffer[] = [];
      req.on("data", (piece: Buffer) => pieces.push(piece));
      req.on("end", () => {
        seen?.(req, Buffer.concat(pieces).toString("latin1"));
        res.end();
      });
    });
    server.on("clientError", (_e, socket) => {
      socket.destroy();
      seen?.(undefined, "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What node makes of the bytes, with as many bytes of body as the plain reader wants. */
  function byNode(bytes: Buffer): Promise<{ req: IncomingMessage | undefined; body: string }> {
    return new Promise((resolve) => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.on("error", () => {});
      seen = (req, body) => {
        seen = undefined;
        socket.destroy();
        resolve({ req, body });
      };
      socket.write(bytes);
    });
  }

  const odd = fc.constantFrom(..."\x01\x7f\r\n\0 \t:");
  const text = (plain: string, maxLength: number, minLength = 0) =>
    fc.string({
      unit: fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...plain) }, { weight: 1, arbitrary: odd }),
      minLength,
      maxLength,
    });
  const line = fc.oneof(
    fc.constantFrom("Host: a", "x-api-key: k", "Connection: keep-alive", "Connection: Keep-Alive ", "X-Empty:"),
    fc.tuple(text("abXY-_1~|!", 12, 1), text(" \tab:;,\"'=/\xe9\xff", 12)).map(([name, value]) => `${name}:${value}`),
    fc.constantFrom(
      "Content-Length: 3",
      "content-length:0",
      "Connection: te",
      "Keep-Alive: timeout=5",
      "Transfer-Encoding: identity",
      "Proxy-Connection: close",
      "Trailer: x",
      "Content-Length : 3",
      "Expect: x",
    ),
  );
  const head = fc.tuple(
    fc.constantFrom("POST", "POST", "POST", "GET", "GET", "PUT", "post", "GET "),
    text('ab/?&=%.~{}|^"<>\\#', 12).map((rest) => `/${rest}`),
    fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/1.1 "),
    fc.array(line, { maxLength: 6 }),
  );

  it("reads the same method, target, headers and body wherever it reads at all", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(head, async ([method, url, version, lines]) => {
        const text = `${[`${method} ${url} ${version}`, ...lines].join("\r\n")}\r\n\r\n`;
        const plain = read(`${text}xyz`);
        if (plain === undefined) return;
        taken += 1;
        const bytes = Buffer.from(text.slice(0, plain.end) + "xyz".slice(0, plain.contentLength), "latin1");
        const { req, body } = await byNode(bytes);
        expect(req).toBeDefined();
        expect(req?.method).toBe(plain.method);
        expect(req?.url).toBe(plain.url);
        expect(req?.rawHeaders).toEqual(plain.rawHeaders);
        expect(body).toBe("xyz".slice(0, plain.contentLength));
      }),
      { numRuns: 3_000 },
    );
    // Otherwise it would prove nothing.
    expect(taken).toBeGreaterThan(200);
  });
});
