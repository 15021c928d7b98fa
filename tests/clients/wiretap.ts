// A tap on the wire in front of the gateway: passes every byte on and keeps the requests exactly as a client sent them.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A request as it was on the wire. */
export interface TappedRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in order, in the case in which they came. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Buffer;
}

/** A running tap. */
export interface Wiretap {
  readonly url: string;
  /** Requests that arrived completely, in the order in which they did. */
  readonly requests: readonly TappedRequest[];
  clear(): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes everything on to `target`. */
export async function wiretap(target: string): Promise<Wiretap> {
  const { hostname, port } = new URL(target);
  const requests: TappedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    let pending: Buffer = Buffer.alloc(0);
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on("data", (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (let found = readRequest(pending); found !== undefined; found = readRequest(pending)) {
        requests.push(found.request);
        pending = pending.subarray(found.length);
      }
    });
    client.pipe(far);
    far.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    clear: () => {
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The first whole HTTP/1.1 request in the bytes and how long it is, or undefined while it is not whole. */
function readRequest(bytes: Buffer): { request: TappedRequest; length: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const value = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const start = end + 4;
  if (value("transfer-encoding")?.toLowerCase() === "chunked") {
    const body = readChunks(bytes, start);
    return body && { request: { method, target, headers, body: body.content }, length: body.end };
  }
  const length = Number(value("content-length") ?? 0);
  if (bytes.length < start + length) return undefined;
  const body = bytes.subarray(start, start + length);
  return { request: { method, target, headers, body }, length: start + length };
}

function readChunks(bytes: Buffer, from: number): { content: Buffer; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { content: Buffer.concat(parts), end: next };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
