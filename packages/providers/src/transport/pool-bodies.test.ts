// Bodies over a pool: how they end, what breaks them, and that a slow reader slows the server down.

import { Signal } from "@fairlead/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { ask, body, ok, onRequests, POST, pool, type WireServer, wait, wireServer } from "../../testing/wire-server.ts";

const MB = 1_048_576;
const OK = "HTTP/1.1 200 OK\r\n";

let server: WireServer;
afterEach(() => server.close());

/** A server that says the pieces (numbers are pauses), then ends its direction, resets, or waits. */
function saying(pieces: ReadonlyArray<string | number>, then: "end" | "reset" | "wait" = "wait"): Promise<WireServer> {
  return wireServer((socket) =>
    onRequests(socket, async () => {
      for (const piece of pieces) {
        if (typeof piece === "number") await wait(piece);
        else socket.write(piece, "latin1");
      }
      if (then === "end") socket.end();
      else if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 20);
    }),
  );
}

describe("whole bodies", () => {
  const whole: ReadonlyArray<
    readonly [name: string, pieces: ReadonlyArray<string | number>, then: "end" | "wait", expected: string]
  > = [
    ["by length, in pieces", [`${OK}content-le`, 5, "ngth: 5\r\n", 5, "\r", 5, "\nhe", 5, "llo"], "wait", "hello"],
    [
      "by chunks, cut anywhere",
      [
        `${OK}transfer-encoding: chunked\r\n\r\n`,
        "1",
        5,
        "0\r",
        5,
        "\n0123456789",
        5,
        "abcdef\r",
        5,
        "\n0\r\n",
        5,
        "\r\n",
      ],
      "wait",
      "0123456789abcdef",
    ],
    [
      "by chunks with trailers",
      [`${OK}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n`],
      "wait",
      "hi",
    ],
    ["until the connection ends", [`${OK}\r\n`, "until ", 10, "the end"], "end", "until the end"],
    [
      "behind interim responses",
      ["HTTP/1.1 103 Early Hints\r\n\r\n", 5, `${OK}content-length: 2\r\n\r\nok`],
      "wait",
      "ok",
    ],
    ["of no bytes, until the connection ends", [`${OK}\r\n`], "end", ""],
  ];
  it.each(whole)("%s", async (_name, pieces, then, expected) => {
    server = await saying(pieces, then);
    const one = pool({ url: server.url });
    expect(await ask(one)).toEqual({ status: 200, body: expected });
    await expect.poll(() => one.stats()).toMatchObject({ active: 0, idle: then === "wait" ? 1 : 0 });
  });

  it.each([
    ["HEAD", "HEAD", `${OK}content-length: 5\r\n\r\n`, 200],
    ["204", "POST", "HTTP/1.1 204 No Content\r\n\r\n", 204],
    ["304", "GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304],
  ])("%s: none, and the connection is used again", async (_name, method, text, status) => {
    server = await saying([text]);
    const one = pool({ url: server.url });
    for (let i = 0; i < 3; i++) expect(await ask(one, { ...POST, method })).toEqual({ status, body: "" });
    expect(one.stats().made).toBe(1);
  });
});

describe("what breaks", () => {
  it.each([
    ["before any byte, closed", [], "end", { stage: "lost", unsent: false }],
    ["before any byte, reset", [], "reset", { stage: "lost", unsent: false }],
    ["within the head", ["HTTP/1.1 200 OK\r\ncontent-"], "end", { stage: "lost", unsent: false }],
    ["garbage", ["SSH-2.0-x\r\n\r\n"], "wait", { stage: "protocol", unsent: false }],
    ["both lengths", [`${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`], "wait", { stage: "protocol" }],
    ["a switch of protocols", ["HTTP/1.1 101 Switching Protocols\r\n\r\n"], "wait", { stage: "protocol" }],
  ] as const)("%s: no head, and why", async (_name, pieces, then, expected) => {
    server = await saying(pieces, then);
    const one = pool({ url: server.url });
    expect(await ask(one)).toMatchObject(expected);
    expect(one.stats()).toMatchObject({ active: 0, idle: 0 });
  });

  it.each([
    ["a length that is not reached", [`${OK}content-length: 10\r\n\r\nhello`], "end"],
    ["a length that is not reached, reset", [`${OK}content-length: 10\r\n\r\nhello`], "reset"],
    ["chunks without an end", [`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`], "end"],
    ["a chunk cut off", [`${OK}transfer-encoding: chunked\r\n\r\nff\r\nhello`], "end"],
    ["trailers without an end", [`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n`], "end"],
    ["a chunk that is none", [`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhelloXX5\r\n`], "wait"],
    ["until the end, but reset", [`${OK}\r\nhello`], "reset"],
  ] as const)("%s: the body fails", async (_name, pieces, then) => {
    server = await saying(pieces, then);
    const one = pool({ url: server.url });
    expect(await ask(one)).toHaveProperty("broke");
    expect(one.stats()).toMatchObject({ active: 0, idle: 0 });
  });
});

describe("backpressure", () => {
  it("100 MB to a reader that pauses: the server waits, every byte comes, in order", async () => {
    const block = Buffer.alloc(MB);
    for (let i = 0; i < MB; i++) block[i] = i % 251;
    let written = 0;
    server = await wireServer((socket) =>
      onRequests(socket, () => {
        socket.write(`${OK}content-length: ${100 * MB}\r\n\r\n`);
        const more = () => {
          while (written < 100) {
            written += 1;
            if (!socket.write(block)) {
              socket.once("drain", more);
              return;
            }
          }
        };
        more();
      }),
    );
    const result = await pool({ url: server.url }).send(POST, new Signal());
    if (!result.ok) throw new Error(result.reason);
    const { source } = result;
    let size = 0;
    let wrong = 0;
    const ended = new Promise((resolve, reject) => {
      source.start({
        data(chunk) {
          for (let i = 0; i < chunk.length; i += 4_093) if (chunk[i] !== ((size + i) % MB) % 251) wrong += 1;
          size += chunk.length;
        },
        end: () => resolve(undefined),
        fail: reject,
      });
    });
    source.pause();
    await wait(300);
    const [stood, at] = [size, written];
    await wait(300);
    expect([size, written]).toEqual([stood, at]);
    expect(written).toBeLessThan(50);
    source.resume();
    await ended;
    expect([size, wrong]).toEqual([100 * MB, 0]);
  });

  it("a body that nobody reads yet is kept in small part only", async () => {
    let written = 0;
    server = await wireServer((socket) =>
      onRequests(socket, () => {
        socket.write(`${OK}content-length: ${50 * MB}\r\n\r\n`);
        const more = () => {
          while (written < 50 * MB) {
            written += 65_536;
            if (!socket.write(Buffer.alloc(65_536))) {
              socket.once("drain", more);
              return;
            }
          }
        };
        more();
      }),
    );
    const result = await pool({ url: server.url }).send(POST, new Signal());
    if (!result.ok) throw new Error(result.reason);
    await wait(300);
    expect(written).toBeLessThan(25 * MB);
    const got = await body(result);
    expect("body" in got && got.body.length).toBe(50 * MB);
  });
});

describe("an answer that overtakes its request", () => {
  it("is read, and the connection is not used again", async () => {
    const text = '{"type":"error"}';
    server = await wireServer((socket) => {
      // Reads nothing of the body at first, as a server does that refuses by the head alone.
      socket.once("data", () => {
        socket.pause();
        socket.write(`HTTP/1.1 413 Too Large\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
        setTimeout(() => socket.resume(), 300);
      });
    });
    const one = pool({ url: server.url });
    const got = await ask(one, { ...POST, body: Buffer.alloc(40 * MB) });
    expect(got).toEqual({ status: 413, body: text });
    expect(one.stats()).toMatchObject({ idle: 0, active: 0 });
  });

  it("a large body arrives whole, whatever its size", async () => {
    for (const size of [0, 1, 16_383, 16_384, 16_385, 3 * MB]) {
      let got = 0;
      server = await wireServer((socket) => {
        let head = -1;
        socket.on("data", (bytes: Buffer) => {
          if (head < 0) head = bytes.indexOf("\r\n\r\n") + 4;
          got += bytes.length;
          if (got === head + size) socket.write(ok("all"));
        });
      });
      expect(await ask(pool({ url: server.url }), { ...POST, body: Buffer.alloc(size) })).toEqual({
        status: 200,
        body: "all",
      });
      await server.close();
    }
  });
});
