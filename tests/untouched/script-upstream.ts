// An upstream of bare bytes: answers each request with exactly the bytes it was given for it, in exactly those writes.

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

/** An answer word for word. */
export interface Script {
  readonly status: number;
  /** Names and values alternating; the framing is added. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** How the body is framed: by its length, or in HTTP chunks cut at these places. */
  readonly chunks: readonly number[] | "length";
  /** Where the bytes of the whole response are cut into writes of their own. */
  readonly writes: readonly number[];
}

/** A listening upstream. */
export interface ScriptUpstream {
  readonly url: string;
  /** Answers by the value of the request's `x-id`. */
  readonly scripts: Map<string, Script>;
  close(): Promise<void>;
}

/** Starts an upstream on a free port. */
export async function startScriptUpstream(): Promise<ScriptUpstream> {
  const scripts = new Map<string, Script>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let seen = Buffer.alloc(0);
    let queue = Promise.resolve();
    socket.on("data", (piece: Buffer) => {
      seen = Buffer.concat([seen, piece]);
      for (;;) {
        const end = seen.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = seen.toString("latin1", 0, end);
        const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
        if (seen.length < end + 4 + length) return;
        seen = seen.subarray(end + 4 + length);
        const script = scripts.get(/^x-id: *(.+)$/im.exec(head)?.[1] ?? "");
        queue = queue.then(() => (script === undefined ? void socket.destroy() : answer(socket, script)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    scripts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer(socket: Socket, { status, headers, body, chunks, writes }: Script): Promise<void> {
  const lines = [`HTTP/1.1 ${status} Whatever`];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  lines.push(chunks === "length" ? `content-length: ${body.length}` : "transfer-encoding: chunked");
  const framed = chunks === "length" ? [body] : pieces(body, chunks).flatMap(chunk);
  if (chunks !== "length") framed.push(Buffer.from("0\r\n\r\n"));
  const whole = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), ...framed]);
  for (const piece of pieces(whole, writes)) {
    socket.write(piece);
    // A turn of the loop between two writes, so that they arrive as reads of their own.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function chunk(piece: Buffer): Buffer[] {
  return [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")];
}

/** The bytes between the cuts, none of them empty. */
export function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % Math.max(1, bytes.length)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).flatMap((end, i) => (end > (at[i] ?? 0) ? [bytes.subarray(at[i], end)] : []));
}
