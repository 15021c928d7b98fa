// Chunks as they reach a client's socket: whole, in order, at once or at the end of the turn, under backpressure.

import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Turn } from "@fairlead/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { ChunkFrames } from "./chunk-frames.ts";
import { LeanRequest } from "./lean-request.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves each request with `serve`; resolves with all that a client read until the connection closed. */
function exchange(
  serve: (res: ServerResponse<LeanRequest>) => void,
  request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
) {
  return new Promise<string>((resolve, reject) => {
    const made = createServer({ IncomingMessage: LeanRequest }, (_, res) => serve(res));
    server = made;
    made.listen(0, "127.0.0.1", () => {
      const socket = connect((made.address() as AddressInfo).port, "127.0.0.1");
      const pieces: Buffer[] = [];
      socket.on("data", (chunk) => pieces.push(chunk));
      socket.on("end", () => resolve(Buffer.concat(pieces).toString("latin1")));
      socket.on("error", reject);
      socket.write(request);
    });
  });
}

/** The body of a chunked response, checked frame by frame. */
function unchunked(response: string): string {
  let rest = response.slice(response.indexOf("\r\n\r\n") + 4);
  let body = "";
  for (;;) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, end), 16);
    expect(rest.slice(end + 2 + size, end + 4 + size)).toBe("\r\n");
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
    if (size === 0) break;
  }
  expect(rest).toBe("");
  return body;
}

describe("ChunkFrames", () => {
  it("writes what Node would have written: pieces of all sizes, in order", async () => {
    const sizes = [1, 15, 16, 255, 16_383, 16_384, 16_385, 100_000, 3, 70_000, 1];
    const pieces = sizes.map((size, i) => Buffer.alloc(size, String.fromCharCode(65 + i)));
    const response = await exchange((res) => {
      const frames = new ChunkFrames(res, new Turn());
      res.writeHead(200, ["content-type", "text/event-stream"]);
      for (const piece of pieces) frames.write(piece);
      frames.end(Buffer.from("last"));
    });
    expect(response.toLowerCase()).toContain("transfer-encoding: chunked");
    expect(unchunked(response)).toBe(`${Buffer.concat(pieces).toString("latin1")}last`);
  });

  it("leaves nothing behind when many streams write in one turn", async () => {
    const turn = new Turn();
    // Others fill the turn up, so that it ends in the middle of a write.
    const noise = { endOfTurn: () => {} };
    const response = await exchange((res) => {
      const frames = new ChunkFrames(res, turn);
      res.writeHead(200, ["content-type", "text/event-stream"]);
      let left = 60;
      const next = () => {
        for (let i = 0; i < 15; i++) turn.last(noise);
        frames.write(Buffer.from(`event ${left}\n`));
        left -= 1;
        if (left > 0) setTimeout(next, 1);
        else setTimeout(() => res.socket?.destroySoon(), 20);
      };
      next();
    });
    const body = response.slice(response.indexOf("\r\n\r\n") + 4);
    for (let i = 60; i > 0; i--) expect(body).toContain(`event ${i}\n`);
  });

  it("lets Node frame the body of an HTTP/1.0 response", async () => {
    const response = await exchange((res) => {
      const frames = new ChunkFrames(res, new Turn());
      res.writeHead(200, ["content-type", "text/event-stream"]);
      frames.write(Buffer.from("one "));
      frames.end(Buffer.from("two"));
    }, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
    expect(response.slice(response.indexOf("\r\n\r\n") + 4)).toBe("one two");
  });

  it("keeps the answers of pipelined requests apart", async () => {
    const waiting: ServerResponse<LeanRequest>[] = [];
    const response = await exchange((res) => {
      waiting.push(res);
      if (waiting.length < 2) return;
      // The second is answered first, while the first still has the connection.
      for (const [i, one] of [...waiting.entries()].reverse()) {
        const frames = new ChunkFrames(one, new Turn());
        one.writeHead(200, ["content-type", "text/event-stream"]);
        frames.write(Buffer.from(`answer ${i} `));
        frames.end(Buffer.from("end"));
      }
    }, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const [, first, second] = response.split("HTTP/1.1 200");
    expect(first).toContain("answer 0 ");
    expect(first).not.toContain("answer 1 ");
    expect(second).toContain("answer 1 ");
  });

  it("says when the client has enough, and when it wants more", async () => {
    let stalls = 0;
    const total = 200;
    const response = await exchange((res) => {
      const frames = new ChunkFrames(res, new Turn());
      res.writeHead(200, ["content-type", "text/event-stream"]);
      let left = total;
      const go = () => {
        while (left > 0) {
          left -= 1;
          if (!frames.write(Buffer.alloc(60_000, "x")) && left > 0) {
            stalls += 1;
            expect(frames.full).toBe(true);
            frames.onDrain(go);
            return;
          }
        }
        frames.end(undefined);
      };
      go();
    });
    expect(unchunked(response)).toHaveLength(total * 60_000);
    expect(stalls).toBeGreaterThan(0);
  });
});
