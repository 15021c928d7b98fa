// Plain connections beside node's own: the same requests and the same answers must give the same bytes.

import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HttpRequest, HttpResponse } from "../edge/http-surface.ts";
import { LeanRequest } from "../edge/lean-request.ts";
import { PlainConnections } from "./plain-connections.ts";

const BOUNDS = { headLimit: 16_384, keepAliveMs: 620_000, requestMs: 60_000 };

type Act = (req: HttpRequest, res: HttpResponse) => void;

let act: Act = () => {};
const servers: Array<{ server: Server; plain: PlainConnections | undefined; port: number }> = [];
const taken: string[] = [];

beforeAll(async () => {
  const { clock } = systemRuntime();
  for (const isPlain of [true, false]) {
    const server = createServer(
      { IncomingMessage: LeanRequest, requireHostHeader: false, keepAliveTimeout: BOUNDS.keepAliveMs },
      (req, res) => {
        taken.push(`node ${req.method}`);
        act(req, res as never);
      },
    );
    const plain = isPlain
      ? new PlainConnections(server, clock, BOUNDS, (req, res) => {
          taken.push(`plain ${req.method}`);
          act(req, res);
        })
      : undefined;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({ server, plain, port: (server.address() as AddressInfo).port });
  }
});
afterAll(() => {
  for (const { server, plain } of servers) {
    plain?.close();
    server.close();
    server.closeAllConnections();
  }
});
afterEach(() => {
  taken.length = 0;
});

/** Says the pieces to one of the servers, closes its direction, and returns all that came, without the date. */
function said(port: number, pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const got: Buffer[] = [];
    socket.on("data", (chunk) => got.push(chunk));
    socket.on("error", reject);
    socket.on("end", () => {
      socket.end();
      resolve(
        Buffer.concat(got)
          .toString("latin1")
          .replaceAll(/\r\nDate: [^\r]+/g, ""),
      );
    });
    const next = (at: number) => {
      const piece = pieces[at];
      if (piece === undefined) socket.end();
      else socket.write(piece, () => setImmediate(() => next(at + 1)));
    };
    next(0);
  });
}

async function both(pieces: readonly (string | Buffer)[]): Promise<readonly [string, string]> {
  const [plain, node] = servers;
  return [await said(plain?.port ?? 0, pieces), await said(node?.port ?? 0, pieces)];
}

const post = (body: string, more = "") =>
  `POST /x HTTP/1.1\r\nhost: a\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe("answers", () => {
  const header = fc.tuple(
    fc.constantFrom("content-type", "X-Thing", "request-id", "Connection", "Date", "x-b"),
    fc.string({ unit: fc.constantFrom(..."ab;= ,/\xe9"), maxLength: 8 }),
  );
  const plan = fc.record({
    status: fc.constantFrom(200, 201, 400, 429, 529),
    headers: fc.array(header, { maxLength: 5 }),
    length: fc.boolean(),
    early: fc.boolean(),
    pieces: fc.array(fc.string({ maxLength: 40 }), { maxLength: 4 }),
    last: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
    latin: fc.boolean(),
  });

  it("have the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ status, headers, length, early, pieces, last, latin }) => {
        const body = [...pieces, last ?? ""].join("");
        act = (_req, res) => {
          const list = headers.flatMap(([name, value]) =>
            name === "Connection" ? [name, "keep-alive"] : [name, value],
          );
          if (length) list.push("content-length", String(Buffer.byteLength(body)));
          if (early) res.setHeader("connection", "close");
          res.writeHead(status, list);
          for (const piece of pieces) res.write(Buffer.from(piece));
          if (last === undefined) res.end();
          else if (latin) res.end(Buffer.from(last).toString("latin1"), "latin1");
          else res.end(Buffer.from(last));
        };
        const [plain, node] = await both([post("{}")]);
        // A header set before and one in the head: node puts them into another order, and only then.
        const shape = (text: string) => {
          const [head = "", ...rest] = text.split("\r\n\r\n");
          const lines = head.split("\r\n");
          return [early ? [...lines].map((one) => one.toLowerCase()).sort() : lines, rest.join("\r\n\r\n")];
        };
        expect(shape(plain)).toEqual(shape(node));
      }),
      { numRuns: 300 },
    );
    expect(taken).toContain("plain POST");
  });

  it("refuse headers that HTTP cannot carry, as node does", async () => {
    const errors: string[] = [];
    act = (_req, res) => {
      for (const list of [
        ["x", "a\r\ny: b"],
        ["x y", "a"],
        ["x", "\u4e2d"],
        ["", "a"],
      ]) {
        try {
          res.writeHead(200, list);
        } catch (e) {
          errors.push((e as Error).message);
        }
      }
      res.writeHead(200, ["content-length", "0"]);
      res.end();
    };
    const [plain, node] = await both([post("")]);
    expect(plain).toBe(node);
    expect(errors).toHaveLength(8);
  });
});

describe("requests", () => {
  const echo: Act = (req, res) => {
    const pieces: Buffer[] = [];
    req.takeBody((piece) => {
      if (piece !== null) {
        pieces.push(Buffer.from(piece));
        return;
      }
      const body = Buffer.concat([Buffer.from(`${req.method} ${req.url} ${req.rawHeaders.join("|")} `), ...pieces]);
      res.writeHead(200, ["content-length", String(body.length)]);
      res.end(body);
    });
  };

  it("cut anywhere, one behind the other, plain or not, are answered alike and in order", async () => {
    act = echo;
    const one = fc.oneof(
      fc.string({ maxLength: 30 }).map((body) => post(body)),
      fc.constantFrom(
        "GET /y HTTP/1.1\r\nhost: a\r\n\r\n",
        "DELETE /z HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /c HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        post("later", "connection: keep-alive\r\n"),
        post("other", "connection: te\r\n"),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(300), { maxLength: 6 }),
        async (requests, cuts) => {
          const bytes = Buffer.from(requests.join(""));
          const at = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          const pieces = [0, ...at]
            .map((from, i) => bytes.subarray(from, at[i] ?? bytes.length))
            .filter((x) => x.length > 0);
          const [plain, node] = await both(pieces);
          expect(plain).toBe(node);
          expect(plain.split("HTTP/1.1 200 OK").length - 1).toBe(requests.length);
        },
      ),
      { numRuns: 300 },
    );
    expect(taken).toContain("plain POST");
    expect(taken).toContain("node DELETE");
  });

  it("behind the one under way wait for their turn", async () => {
    let answer = () => {};
    act = (req, res) => {
      req.takeBody(() => {});
      answer = () => void res.end("done");
      res.writeHead(200, ["content-length", "4"]);
    };
    const [plain] = servers;
    const talk = said(plain?.port ?? 0, [post("a") + post("b") + post("c")]);
    for (let done = 1; done <= 3; done++) {
      await expect.poll(() => taken.length).toBe(done);
      answer();
    }
    expect((await talk).split("done").length - 1).toBe(3);
    expect(taken).toEqual(["plain POST", "plain POST", "plain POST"]);
  });

  it("of a client that leaves are told so", async () => {
    const events: string[] = [];
    act = (req, res) => {
      req.on("close", () => events.push("request"));
      res.on("close", () => events.push(`response ${res.writableFinished}`));
    };
    const socket = connect(servers[0]?.port ?? 0, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf");
    await expect.poll(() => taken.length).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => events).toEqual(["request", "response false"]);
  });
});
