// One buffer for all connections: nothing of one connection may ever be seen on another, and the server loses count of none.

import { createServer as createHttp } from "node:http";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { SharedRead } from "./shared-read.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

const connections = (server: Server) =>
  new Promise<number>((resolve, reject) => server.getConnections((e, n) => (e === null ? resolve(n) : reject(e))));

test("each connection gets its own bytes, however they are mixed on the way, and is counted until it closes", async () => {
  const reads = new SharedRead();
  const got: Buffer[][] = [];
  let closed = 0;
  const server = createServer((born) => {
    const mine: Buffer[] = [];
    const socket = reads.adopt(born, (bytes) => {
      mine.push(Buffer.from(bytes));
      return true;
    });
    expect(socket).toBeInstanceOf(Socket);
    expect(socket).not.toBe(born);
    got.push(mine);
    socket?.resume();
    socket?.on("end", () => socket.end());
    socket?.on("close", () => {
      closed += 1;
    });
  });
  const port = await listening(server);
  const clients = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      return socket;
    }),
  );
  await until(() => got.length === 20);
  expect(await connections(server)).toBe(20);
  for (let round = 0; round < 40; round++)
    for (const [i, socket] of clients.entries())
      socket.write(Buffer.alloc(1 + ((i * 997 + round * 101) % 9_000), i + 1));
  for (const socket of clients) socket.end();
  await until(() => closed === 20);
  expect(await connections(server)).toBe(0);
  const seen = got.map((pieces) => Buffer.concat(pieces));
  const lengths = clients.map((_, i) =>
    Array.from({ length: 40 }, (_, round) => 1 + ((i * 997 + round * 101) % 9_000)).reduce((a, b) => a + b),
  );
  for (const bytes of seen) {
    const who = (bytes[0] ?? 0) - 1;
    expect(bytes.equals(Buffer.alloc(lengths[who] ?? 0, who + 1))).toBe(true);
  }
  expect(new Set(seen.map((bytes) => bytes[0])).size).toBe(20);
});

test("a reader that has enough gets no more until it asks for it", async () => {
  const reads = new SharedRead();
  let bytes = 0;
  let socket: Socket | undefined;
  const server = createServer((born) => {
    socket = reads.adopt(born, (piece) => {
      bytes += piece.length;
      return false;
    });
    socket?.resume();
  });
  const client = connect(await listening(server), "127.0.0.1");
  client.write(Buffer.alloc(500_000));
  await until(() => bytes > 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const once = bytes;
  expect(once).toBeLessThanOrEqual(65_536);
  while (bytes < 500_000) {
    const before = bytes;
    socket?.resume();
    await until(() => bytes > before);
  }
  client.destroy();
  socket?.resume();
  await until(() => socket?.destroyed === true);
});

test("a connection that is no plain one is left as it was", () => {
  const reads = new SharedRead();
  const nobody = new Socket();
  expect(reads.adopt(nobody, () => true)).toBeUndefined();
  class Other extends Socket {}
  expect(reads.adopt(new Other(), () => true)).toBeUndefined();
});

test("an adopted connection can be given to an HTTP server with what was read, and goes on there", async () => {
  const reads = new SharedRead();
  const http = createHttp((req, res) => {
    req.resume();
    req.on("end", () => res.end(`${req.method} ${req.url}\n`));
  });
  const native = http.listeners("connection")[0] as (socket: Socket) => void;
  http.off("connection", native);
  http.on("connection", (born: Socket) => {
    let handed = false;
    const socket = reads.adopt(born, (bytes) => {
      if (handed) return socket?.push(Buffer.from(bytes)) ?? false;
      handed = true;
      const first = Buffer.from(bytes);
      socket?.pause();
      native.call(http, socket as Socket);
      socket?.unshift(first);
      socket?.resume();
      return true;
    });
    socket?.resume();
  });
  const client = connect(await listening(http), "127.0.0.1");
  let text = "";
  client.on("data", (chunk) => {
    text += chunk;
  });
  client.write("POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.write("0\r\n\r\n");
  await until(() => text.includes("POST /a"));
  client.write("GET /b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  await until(() => text.includes("GET /b"));
  await until(() => client.destroyed || client.readableEnded);
});
