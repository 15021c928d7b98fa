// An upload that is too large: refused before it is read, and the refusal arrives, whichever client sends it.

import { spawn } from "node:child_process";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isOurError, stillAlive } from "./hostile.ts";
import { type Say, talk } from "./wire.ts";
import { KEY, request, startWorld, type World } from "./world.ts";

const SIZE = 40 * 1_048_576;
const PIECE = Buffer.alloc(1_048_576, "a");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.upstream.clear());
afterAll(async () => {
  expect(world.upstream.received).toHaveLength(0);
  await stillAlive(world);
  await world.close();
});

const pieces = (wrap: (piece: Buffer) => Buffer): Say[] =>
  Array.from({ length: SIZE / PIECE.length }, () => wrap(PIECE));
const chunk = (piece: Buffer) =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);

describe("bare sockets", () => {
  const ways: ReadonlyArray<readonly [name: string, say: readonly Say[]]> = [
    ["a length", [request("", [`content-length: ${SIZE}`]), ...pieces((piece) => piece)]],
    ["chunks", [request("", ["transfer-encoding: chunked"]), ...pieces(chunk), "0\r\n\r\n"]],
    ["an expectation", [request("", ["expect: 100-continue", `content-length: ${SIZE}`])]],
    [
      "an expectation, and the body anyway",
      [request("", ["expect: 100-continue", `content-length: ${SIZE}`]), ...pieces((piece) => piece)],
    ],
    [
      "a slow writer that reads only when it is done",
      [request("", [`content-length: ${SIZE}`]), 200, ...pieces((piece) => piece)],
    ],
  ];
  it.each(ways)("%s", async (name, say) => {
    const said = await talk(world.gateway.url, say, { withinMs: 10_000 });
    expect(
      said.responses.map((one) => one.status),
      said.bytes.toString("latin1"),
    ).toEqual([413]);
    if (said.responses[0] !== undefined) isOurError(said.responses[0], 413);
    expect(said.end, name).not.toBe("reset");
  });
});

it("a client that reads nothing until all is written", async () => {
  const { hostname, port } = new URL(world.gateway.url);
  const text = await new Promise<string>((resolve) => {
    let got = "";
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(request("", [`content-length: ${SIZE}`]));
      for (let i = 0; i < SIZE / PIECE.length; i++) socket.write(PIECE);
      // A reset before this point throws away what was not read yet.
      socket.write("", () => setTimeout(() => socket.resume(), 100));
    });
    socket.on("data", (bytes) => {
      got += bytes.toString("latin1");
    });
    socket.on("error", (e) => resolve(e.message));
    socket.on("close", () => resolve(got));
  });
  expect(text).toMatch(/^HTTP\/1\.1 413 [\s\S]*"request_too_large"/);
});

it("node's own client", async () => {
  const status = await new Promise((resolve, reject) => {
    const req = httpRequest(`${world.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": KEY, "content-type": "application/json", "content-length": SIZE },
    });
    req.on("error", reject);
    req.on("response", (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    for (let i = 0; i < SIZE / PIECE.length; i++) req.write(PIECE);
    req.end();
  });
  expect(status).toBe(413);
});

describe("fetch", () => {
  it("a body in one piece", async () => {
    const response = await fetch(`${world.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": KEY, "content-type": "application/json" },
      body: Buffer.alloc(SIZE, "a"),
    });
    expect(response.status).toBe(413);
    expect(((await response.json()) as { error: { type: string } }).error.type).toBe("request_too_large");
  });

  it("a stream of unknown length", async () => {
    let left = SIZE / PIECE.length;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(PIECE);
        else controller.close();
      },
    });
    const init = { method: "POST", headers: { "x-api-key": KEY }, body, duplex: "half" };
    const response = await fetch(`${world.gateway.url}/v1/messages`, init as RequestInit);
    expect(response.status).toBe(413);
  });
});

describe("curl", () => {
  it.each([
    ["with its expectation", []],
    ["without one", ["-H", "expect:"]],
    ["in chunks", ["-H", "transfer-encoding: chunked", "-H", "expect:"]],
  ])("%s", async (_name, more) => {
    const told = await curl(["-H", `x-api-key: ${KEY}`, "-H", "content-type: application/json", ...more]);
    expect(told.code, told.err).toBe(0);
    expect(told.out).toMatch(/"type":"request_too_large"[\s\S]*413$/);
  });
});

function curl(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const url = `${world.gateway.url}/v1/messages`;
    const child = spawn("curl", ["-sS", "--max-time", "10", "-w", "%{http_code}", "--data-binary", "@-", ...args, url]);
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(Buffer.alloc(SIZE, "a"));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
