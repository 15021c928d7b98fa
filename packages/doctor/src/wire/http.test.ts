// Tests of one exchange: more than one on a socket, what is kept, how it ends.

import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Socket } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, expect, test } from "vitest";
import { type Answered, exchange } from "./http.ts";
import { isBroken } from "./tcp.ts";
import type { Wire, WireEvent } from "./wire.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function wire(events: WireEvent[] = []): Wire {
  return {
    rt: systemRuntime(),
    signal: new AbortController().signal,
    nextConnection: () => 1,
    record: (event) => events.push(event),
  };
}

async function socketTo(server: Server | ReturnType<typeof createTcp>): Promise<Socket> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  open.push({ close: () => socket.destroy() });
  return socket;
}

const GET = {
  method: "GET",
  path: "/a",
  headers: [
    ["Host", "x"],
    ["Connection", "keep-alive"],
  ],
  timeoutMs: 400,
} as const;

test("three exchanges go over one socket, the given one", async () => {
  const socket = await socketTo(createServer((request, response) => response.end(`${request.socket.remotePort}`)));
  for (let i = 0; i < 3; i++) {
    const answer = (await exchange(wire(), 1, socket, GET)) as Answered;
    expect(answer.body.toString()).toBe(`${socket.localPort}`);
    expect(answer.cut).toBeUndefined();
  }
});

test("no answer ends with TIMEOUT, a closed connection with its code", async () => {
  const silent = await socketTo(createTcp(() => {}));
  expect(await exchange(wire(), 1, silent, { ...GET, timeoutMs: 50 })).toMatchObject({ error: "TIMEOUT" });
  const closing = await socketTo(createTcp((one) => one.once("data", () => one.destroy())));
  const broken = await exchange(wire(), 1, closing, GET);
  expect(isBroken(broken) && broken.error).toMatch(/ECONNRESET|CLOSED/);
});

test("what is no HTTP has a parser's code", async () => {
  const socket = await socketTo(createTcp((one) => one.once("data", () => one.end("SSH-2.0-OpenSSH\r\n"))));
  const broken = await exchange(wire(), 1, socket, GET);
  expect(isBroken(broken) && broken.error).toMatch(/^HPE_/);
});

test("a body that breaks off is kept as far as it came, and said to be cut", async () => {
  const socket = await socketTo(
    createTcp((one) => one.once("data", () => one.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))),
  );
  const answer = (await exchange(wire(), 1, socket, GET)) as Answered;
  expect(answer.body.toString()).toBe("abc");
  expect(answer.cut).toBeDefined();
});

test("secret headers are on record by name only", async () => {
  const events: WireEvent[] = [];
  const socket = await socketTo(createServer((_, response) => response.end()));
  const headers = [
    ...GET.headers,
    ["x-api-key", "sk-ant-secret"],
    ["Authorization", "Bearer t0ken"],
    ["X-Corp-Pass", "hunter2"],
  ] as const;
  await exchange(wire(events), 1, socket, { ...GET, headers });
  expect(JSON.stringify(events)).not.toMatch(/sk-ant-secret|t0ken|hunter2/);
  expect(JSON.stringify(events)).toContain("x-api-key");
});

test("a header that HTTP cannot carry ends with its code, nothing sent and no timer left", async () => {
  let got = 0;
  const socket = await socketTo(createTcp((one) => one.on("data", () => got++)));
  const headers = [["x-api-key", "sk-ant-\u{4e2d}"]] as const;
  const broken = await exchange(wire(), 1, socket, { ...GET, headers });
  expect(isBroken(broken) && broken.error).toBe("ERR_INVALID_CHAR");
  expect(JSON.stringify(broken)).not.toContain("sk-ant");
  const path = await exchange(wire(), 1, socket, { ...GET, path: "/a b" });
  expect(isBroken(path) && path.error).toBe("ERR_UNESCAPED_CHARACTERS");
  expect(got).toBe(0);
});
