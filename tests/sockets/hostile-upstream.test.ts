// An upstream that breaks HTTP: its clients get a clear error, never each other's answers, and the gateway lives.

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { isOurError } from "./hostile.ts";
import { FRAMES, MESSAGE } from "./upstream.ts";
import { talk } from "./wire.ts";
import { configFor, request, STREAM_BODY } from "./world.ts";

let server: Server;
let serve: (socket: Socket, bytes: string) => void;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let log: string[];

beforeEach(async () => {
  log = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    let seen = "";
    socket.on("data", (bytes) => {
      seen += bytes.toString("latin1");
      if (!seen.includes("\r\n\r\n{")) return;
      const whole = seen;
      seen = "";
      serve(socket, whole);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  gateway = await startGateway(
    configFor(url, "retry: { attempts: 3, max_delay: 10ms }\nbreaker: { consecutive: 50 }\n"),
    systemRuntime(),
    {
      log: (text) => log.push(text),
    },
  );
});
afterEach(async () => {
  // Whatever came before, a good answer still passes.
  serve = (socket) => socket.write(ok(MESSAGE));
  const said = await talk(gateway.url, [request()]);
  expect(said.responses.map((one) => one.status)).toEqual([200]);
  expect(log.join()).not.toContain('"event":"defect"');
  await gateway.close();
  server.close();
});

function ok(body: string, headers = "", type = "application/json"): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

describe("a head that must not be passed on", () => {
  it.each([
    ["a header value with a control character", ok(MESSAGE, "x-a: b\x01c\r\n")],
    ["a header value with a bare CR", ok(MESSAGE, "x-a: b\rset-cookie: evil\r\n")],
    ["a header value with a bare LF", ok(MESSAGE, "x-a: b\nset-cookie: evil\r\n")],
    ["a header value with a NUL", ok(MESSAGE, "x-a: b\0\r\n")],
    ["a header name with a blank", ok(MESSAGE, "x a: b\r\n")],
    ["a header name beyond ASCII", ok(MESSAGE, "x\xe4: b\r\n")],
    ["a folded header", ok(MESSAGE, "x-a: b\r\n c: d\r\n")],
    ["a blank before the colon of the length", `HTTP/1.1 200 OK\r\ncontent-length : 5\r\n\r\nhello`],
    ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"],
    ["both lengths", ok(MESSAGE, "transfer-encoding: chunked\r\n")],
    ["no HTTP", "220 smtp ready\r\n\r\n"],
    ["headers of 200 KB", ok(MESSAGE, `x-a: ${"b".repeat(200_000)}\r\n`)],
    ["an error with a bad header", `HTTP/1.1 500 No\r\nx-a: b\x01\r\ncontent-length: 2\r\n\r\n{}`],
  ])("%s", async (_name, bytes) => {
    serve = (socket) => socket.write(bytes, "latin1");
    for (const body of [undefined, STREAM_BODY]) {
      const said = await talk(gateway.url, [request(body)]);
      expect(
        said.responses.map((one) => one.status),
        said.bytes.toString("latin1").slice(0, 400),
      ).toEqual([502]);
      expect(said.bytes.toString("latin1")).not.toMatch(/set-cookie/);
      if (said.responses[0] !== undefined) isOurError(said.responses[0], 502, "api_error");
    }
  });

  it("a stream with a bad header", async () => {
    serve = (socket) => socket.write(ok(FRAMES.join(""), "x-a: b\x01\r\n", "text/event-stream"), "latin1");
    const said = await talk(gateway.url, [request(STREAM_BODY)]);
    expect(said.responses.map((one) => one.status)).toEqual([502]);
  });
});

it("a second response in the bytes of the first reaches nobody", async () => {
  let asked = 0;
  serve = (socket) => {
    asked += 1;
    socket.write(ok(MESSAGE) + ok(`{"poison":true}`));
  };
  const said = await Promise.all(Array.from({ length: 50 }, () => talk(gateway.url, [request()])));
  for (const one of said)
    expect(one.responses.map((response) => [response.status, response.body.toString()])).toEqual([[200, MESSAGE]]);
  expect(asked).toBe(50);
});

it("a server that closes its idle connection as a request comes on it costs no client its answer", async () => {
  let carried = 0;
  let closed = 0;
  const used = new WeakSet<Socket>();
  serve = (socket) => {
    carried += 1;
    // What the race looks like from our side: the request is out, and the connection ends without a word. It draws on
    // the retry budget like any other cut, so it may not come with every request.
    if (used.has(socket) && carried % 40 === 0) {
      closed += 1;
      socket.end();
      return;
    }
    used.add(socket);
    socket.write(ok(MESSAGE));
  };
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < 40; i++) {
    const said = await talk(gateway.url, [request().repeat(5)], { responses: 5 });
    statuses.push(...said.responses.map((one) => one.status));
  }
  expect(statuses).toEqual(Array.from({ length: 200 }, () => 200));
  expect(closed).toBeGreaterThanOrEqual(4);
});
