// A client that knows nothing of HTTP's forgiveness: sends bytes on a socket and tells exactly what came back and how it ended.

import { connect } from "node:net";
import type { Runtime } from "@fairlead/runtime";

/** What a probe saw. */
export interface Sighting {
  /** Every byte received. */
  readonly raw: Buffer;
  /** `open`: still open when the patience ended. */
  readonly ended: "fin" | "reset" | "refused" | "open";
  /** 0 when no status line arrived. */
  readonly status: number;
  /** Lower-case names; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, chunked coding removed. */
  readonly body: Buffer;
  /** The body arrived whole, as HTTP counts. */
  readonly whole: boolean;
  /** Milliseconds from sending to the first byte, and to the end. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What to send, and how long to wait. */
export interface ProbeOptions {
  port: number;
  host?: string;
  method?: string;
  path?: string;
  /** Besides host, content-length and connection: close. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Milliseconds without a byte after which the connection is given up. Default 2,000. */
  patienceMs?: number;
  /** Milliseconds after which it is given up whatever comes. Default 10,000. */
  mostMs?: number;
  /** Ends as soon as this many bytes have come, with RST. */
  leaveAfterBytes?: number;
  /** The bytes to send in place of a request. */
  verbatim?: Buffer;
}

/** Sends one request over a connection of its own. Never rejects. */
export function probe(options: ProbeOptions, runtime: Runtime): Promise<Sighting> {
  const { clock } = runtime;
  const begun = clock.now();
  const parts: Buffer[] = [];
  let size = 0;
  let firstByteMs = -1;
  return new Promise((resolve) => {
    const socket = connect({ port: options.port, host: options.host ?? "127.0.0.1", noDelay: true });
    let timer = clock.timer(options.patienceMs ?? 2_000, () => finish("open"));
    const limit = clock.timer(options.mostMs ?? 10_000, () => finish("open"));
    const finish = (ended: Sighting["ended"]) => {
      timer.cancel();
      limit.cancel();
      socket.removeAllListeners("data");
      socket.destroy();
      resolve({ ...parsed(Buffer.concat(parts)), ended, firstByteMs, totalMs: clock.now() - begun });
    };
    socket.on("data", (part) => {
      if (firstByteMs < 0) firstByteMs = clock.now() - begun;
      parts.push(part);
      size += part.length;
      timer.cancel();
      timer = clock.timer(options.patienceMs ?? 2_000, () => finish("open"));
      if (options.leaveAfterBytes !== undefined && size >= options.leaveAfterBytes) {
        socket.resetAndDestroy();
        finish("open");
      }
    });
    socket.on("end", () => finish("fin"));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code === "ECONNREFUSED" ? "refused" : "reset"));
    socket.write(options.verbatim ?? request(options));
  });
}

function request(options: ProbeOptions): Buffer {
  const body = Buffer.from(options.body ?? "");
  const headers: Record<string, string> = {
    host: `${options.host ?? "127.0.0.1"}:${options.port}`,
    connection: "close",
    "content-length": String(body.length),
    ...options.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${options.method ?? "POST"} ${options.path ?? "/v1/messages"} HTTP/1.1\r\n${lines.join("")}\r\n`),
    body,
  ]);
}

function parsed(raw: Buffer): Omit<Sighting, "ended" | "firstByteMs" | "totalMs"> {
  const mark = raw.indexOf("\r\n\r\n");
  const lines = mark < 0 ? [] : raw.subarray(0, mark).toString("latin1").split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const rest = mark < 0 ? Buffer.alloc(0) : raw.subarray(mark + 4);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(lines[0] ?? "")?.[1] ?? 0);
  if (headers["transfer-encoding"] === "chunked") return { raw, status, headers, ...unchunked(rest) };
  const length = Number(headers["content-length"] ?? -1);
  return { raw, status, headers, body: rest, whole: mark >= 0 && rest.length === length };
}

function unchunked(raw: Buffer): { body: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = raw.indexOf("\r\n", at);
    if (line < 0) return { body: Buffer.concat(parts), whole: false };
    const size = Number.parseInt(raw.subarray(at, line).toString("latin1"), 16);
    if (size === 0) return { body: Buffer.concat(parts), whole: true };
    parts.push(raw.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
    if (at > raw.length) return { body: Buffer.concat(parts), whole: false };
  }
}
