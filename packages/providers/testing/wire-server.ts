// A server of bare sockets for the transport's tests, and a client that reads a whole answer off a pool.

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Runtime, Signal, systemRuntime } from "@fairlead/runtime";
import type { EndpointOptions } from "../src/transport/endpoint.ts";
import { Pool, type WireRequest, type WireResult } from "../src/transport/pool.ts";

/** A listening server. */
export interface WireServer {
  readonly url: string;
  readonly port: number;
  readonly sockets: Socket[];
  close(): Promise<void>;
}

/** Starts a server that hands every connection to `serve`. */
export async function wireServer(serve: (socket: Socket, index: number) => void): Promise<WireServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
    serve(socket, sockets.length - 1);
  });
  return listening(server, sockets, "http");
}

/** Makes a WireServer of any net server, once it listens. */
export async function listening(server: Server, sockets: Socket[], scheme: string): Promise<WireServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Calls `answer` with the head of every request on a socket, its body left out (for requests with a Content-Length). */
export function onRequests(socket: Socket, answer: (head: string) => void): void {
  let seen = "";
  socket.on("data", (bytes: Buffer) => {
    seen += bytes.toString("latin1");
    for (;;) {
      const end = seen.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = seen.slice(0, end);
      const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
      if (seen.length < end + 4 + length) return;
      seen = seen.slice(end + 4 + length);
      answer(head);
    }
  });
}

/** A response with this body. */
export function ok(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
}

/** A request with some body. */
export const POST: WireRequest = { method: "POST", path: "/v1/messages", headers: "a: b\r\n", body: Buffer.from("{}") };

/** A pool on the machine's own time. */
export function pool(options: EndpointOptions, rt: Runtime = systemRuntime()): Pool {
  return new Pool(options, rt);
}

/** Sends a request and reads its answer to the end: the body, or how it failed. */
export async function ask(
  on: Pool,
  request: WireRequest = POST,
  signal = new Signal(),
): Promise<{ status: number; body: string } | { stage: string; reason: string; unsent: boolean } | { broke: string }> {
  const result = await on.send(request, signal);
  if (!result.ok) return { stage: result.stage, reason: result.reason, unsent: result.unsent };
  return body(result);
}

/** Reads a result's body. */
export function body(result: WireResult & { ok: true }): Promise<{ status: number; body: string } | { broke: string }> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    result.source.start({
      data: (chunk) => void pieces.push(Buffer.from(chunk)),
      end: () => resolve({ status: result.status, body: Buffer.concat(pieces).toString("latin1") }),
      fail: (broke) => resolve({ broke }),
    });
  });
}

/** Waits. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
