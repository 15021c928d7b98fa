// A client of bare bytes: says what it is told to, and reads what comes back as HTTP responses.

import { connect, type Socket } from "node:net";
import { keepEvidence } from "../evidence.ts";

/** One response off the wire. */
export interface WireResponse {
  readonly status: number;
  /** By lower-case name; a repeated one keeps its last value. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** False when the bytes ended before the body did. */
  readonly whole: boolean;
}

/** What a conversation came to. */
export interface Talk {
  readonly bytes: Buffer;
  /** Final responses; interim ones (1xx) are in `interim`. */
  readonly responses: readonly WireResponse[];
  readonly interim: readonly number[];
  /** Bytes behind the last response that are no response. */
  readonly rest: Buffer;
  /** How the gateway's side ended, if it did: "fin", "reset" or "open". */
  readonly end: "fin" | "reset" | "open";
  readonly ms: number;
}

/** What is said, piece by piece: bytes, a pause in milliseconds, or the end of our direction. */
export type Say = string | Buffer | number | "FIN";

/** How long to listen. */
export interface Listening {
  /** Stop after so many final responses. Default 1. */
  readonly responses?: number;
  /** Give up after this long, milliseconds. Default 5000. */
  readonly withinMs?: number;
  /** Answers to HEAD have no body. */
  readonly head?: boolean;
}

/** Opens a connection, says the pieces, and listens until enough came, the other side closed, or time is up. */
export function talk(url: string, say: readonly Say[], listening: Listening = {}): Promise<Talk> {
  const { hostname, port } = new URL(url);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const pieces: Buffer[] = [];
    let end: Talk["end"] = "open";
    let over = false;
    let lingering: NodeJS.Timeout | undefined;
    const finish = () => {
      if (over) return;
      over = true;
      clearTimeout(limit);
      clearTimeout(lingering);
      socket.destroy();
      const bytes = Buffer.concat(pieces);
      keepEvidence("answer", bytes.toString("latin1", 0, 10_000));
      resolve({
        bytes,
        ...readResponses(bytes, listening.head === true, end !== "open"),
        end,
        ms: performance.now() - startedAt,
      });
    };
    const limit = setTimeout(finish, listening.withinMs ?? 5_000);
    socket.on("data", (chunk: Buffer) => {
      pieces.push(chunk);
      const { responses } = readResponses(Buffer.concat(pieces), listening.head === true, false);
      const enough = responses.filter((one) => one.whole).length >= (listening.responses ?? 1);
      // A moment longer: whatever should not come behind the last answer would come now.
      if (enough) lingering ??= setTimeout(finish, 25);
    });
    socket.on("end", () => {
      end = "fin";
      finish();
    });
    socket.on("error", (e: NodeJS.ErrnoException) => {
      if (e.code === "EPIPE" && end === "open") return;
      end = "reset";
      finish();
    });
    socket.on("close", finish);
    socket.on("connect", () => void speak(socket, say, () => over));
  });
}

async function speak(socket: Socket, say: readonly Say[], over: () => boolean): Promise<void> {
  socket.setNoDelay(true);
  socket.setMaxListeners(0);
  for (const one of say) {
    if (over() || socket.destroyed) return;
    if (typeof one === "number") await new Promise((resolve) => setTimeout(resolve, one));
    else if (one === "FIN") socket.end();
    else if (!socket.write(one, "latin1" as BufferEncoding)) await drained(socket);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", () => resolve());
  });
}

/** Reads bytes as a sequence of HTTP/1.1 responses. */
export function readResponses(
  bytes: Buffer,
  head: boolean,
  closed: boolean,
): { responses: WireResponse[]; interim: number[]; rest: Buffer } {
  const responses: WireResponse[] = [];
  const interim: number[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const [first = "", ...raw] = bytes.toString("latin1", at, end).split("\r\n");
    const status = /^HTTP\/1\.1 (\d\d\d) /.exec(first)?.[1];
    if (status === undefined) break;
    const headers = new Map(
      raw.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    at = end + 4;
    if (status.startsWith("1")) {
      interim.push(Number(status));
      continue;
    }
    const body = readBody(bytes, at, headers, head || status === "204" || status === "304", closed);
    at = body.end;
    responses.push({ status: Number(status), headers, body: body.bytes, whole: body.whole });
    if (!body.whole) break;
  }
  return { responses, interim, rest: bytes.subarray(at) };
}

function readBody(
  bytes: Buffer,
  at: number,
  headers: ReadonlyMap<string, string>,
  none: boolean,
  closed: boolean,
): { bytes: Buffer; end: number; whole: boolean } {
  if (none) return { bytes: Buffer.alloc(0), end: at, whole: true };
  if (headers.get("transfer-encoding") === "chunked") return readChunks(bytes, at);
  const length = headers.get("content-length");
  if (length === undefined) return { bytes: bytes.subarray(at), end: bytes.length, whole: closed };
  const end = at + Number(length);
  return { bytes: bytes.subarray(at, end), end: Math.min(end, bytes.length), whole: bytes.length >= end };
}

function readChunks(bytes: Buffer, from: number): { bytes: Buffer; end: number; whole: boolean } {
  const pieces: Buffer[] = [];
  let at = from;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (Number.isNaN(size) || bytes.length < line + 2 + size + 2)
      return { bytes: Buffer.concat(pieces), end: bytes.length, whole: false };
    pieces.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
    if (size === 0) return { bytes: Buffer.concat(pieces), end: at, whole: true };
  }
}
