// One HTTP/1.1 exchange on a connection that stands.

import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import type { Broken } from "./tcp.ts";
import type { Wire } from "./wire.ts";

/** What to send. */
export interface Ask {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  /** Names and values in the order in which they leave; Host included. Only harmless ones are recorded with their values. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
  /** Until the head of the answer and from then until its end, each, milliseconds. Default 8000. */
  readonly timeoutMs?: number;
  /** Called with each piece of the body as it is read. */
  onData?(piece: Buffer): void;
  /** The answer's body is kept up to this size, bytes. Default 65536. */
  readonly keepBytes?: number;
}

/** What came back. `cut` = the body did not come to its end. Times in milliseconds since the request was written. */
export interface Answered {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Its first `keepBytes` bytes. */
  readonly body: Buffer;
  readonly headersMs: number;
  readonly endMs: number;
  readonly cut: string | undefined;
}

/** Default of `Ask.timeoutMs`. */
export const HTTP_MS = 8_000;

/** Where a socket keeps its agent, so that a second exchange on it finds the state of the first. */
const AGENT = Symbol.for("fairlead.doctor.agent");

/** Headers whose values are on record. Any other may hold a secret: users add some of their own. */
const SHOWN_HEADERS =
  /^(?:host|user-agent|accept|accept-encoding|content-type|content-length|content-encoding|connection|anthropic-version|anthropic-beta|x-amz-date|x-amz-content-sha256|cache-control)$/i;

/** The header of that name, lower case, if it came. */
export function headerOf(headers: readonly (readonly [string, string])[], name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1];
}

/** Sends one request and reads the answer. The connection can be used again when the answer was whole and allows it. */
export function exchange(wire: Wire, connection: number, socket: Socket, ask: Ask): Promise<Answered | Broken> {
  const { clock } = wire.rt;
  const began = clock.now();
  const before = socket.bytesRead;
  const timeoutMs = ask.timeoutMs ?? HTTP_MS;
  const keep = ask.keepBytes ?? 65_536;
  const shown = shownHeaders(ask.headers);
  wire.record({
    at: began,
    connection,
    kind: "request",
    text: `${ask.method} ${ask.path}`,
    detail: { headers: shown },
  });
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let kept = 0;
    let settled = false;
    let request: ClientRequest | undefined;
    let answer: { status: number; headers: [string, string][]; headersMs: number } | undefined;
    const settle = (cut: string | undefined, message = "") => {
      if (settled) return;
      settled = true;
      timer.cancel();
      wire.signal.removeEventListener("abort", abort);
      const ms = clock.now() - began;
      if (answer === undefined) {
        const error = cut ?? "CLOSED";
        wire.record({ at: clock.now(), connection, kind: "error", text: error, detail: { ms } });
        request?.destroy();
        resolve({ error, message, ms, bytesIn: socket.bytesRead - before });
        return;
      }
      const { status, headersMs } = answer;
      const detail = { ms, headersMs, cut, headers: shownHeaders(answer.headers) };
      wire.record({ at: clock.now(), connection, kind: "response", text: `${status}`, detail });
      if (cut !== undefined) request?.destroy();
      resolve({ ...answer, body: Buffer.concat(pieces), endMs: ms, cut });
    };
    const abort = () => settle("ABORTED", "the examination is over");
    let timer = clock.timer(timeoutMs, () => settle("TIMEOUT", `no answer in ${timeoutMs} ms`));
    wire.signal.addEventListener("abort", abort, { once: true });
    const headers = ask.headers.flat();
    if (ask.body !== undefined && headerOf(ask.headers, "content-length") === undefined)
      headers.push("content-length", String(Buffer.byteLength(ask.body)));
    try {
      request = httpRequest({ agent: agentOf(socket), method: ask.method, path: ask.path, headers, setHost: false });
    } catch (e) {
      // A path or a header with characters that HTTP cannot carry: nothing has left. Node names the header, never its value.
      const { code = "ERROR", message } = e as NodeJS.ErrnoException;
      settle(code, message);
      return;
    }
    request.on("error", (e: NodeJS.ErrnoException) => settle(e.code ?? "ERROR", e.message));
    request.on("close", () => settle("CLOSED", "the connection was closed"));
    request.on("response", (response) => {
      const pairs: [string, string][] = [];
      for (let i = 0; i < response.rawHeaders.length; i += 2)
        pairs.push([response.rawHeaders[i] as string, response.rawHeaders[i + 1] as string]);
      answer = { status: response.statusCode ?? 0, headers: pairs, headersMs: clock.now() - began };
      timer.cancel();
      timer = clock.timer(timeoutMs, () => settle("TIMEOUT"));
      response.on("data", (piece: Buffer) => {
        ask.onData?.(piece);
        if (kept < keep) pieces.push(kept + piece.length > keep ? piece.subarray(0, keep - kept) : piece);
        kept += piece.length;
      });
      response.on("end", () => settle(undefined));
      response.on("error", (e: NodeJS.ErrnoException) => settle(e.code ?? "ERROR"));
      response.on("close", () => settle(response.complete ? undefined : "CLOSED"));
    });
    request.end(ask.body);
  });
}

/**
 * An agent whose only connection is this one. Node's own `createConnection` option serves one exchange per socket, and is
 * not asked at all when `agent` is false.
 */
function agentOf(socket: Socket): Agent {
  const held = socket as Socket & { [AGENT]?: Agent };
  const known = held[AGENT];
  if (known !== undefined) return known;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  // Node would switch TCP keep-alive on here, and heed time limits that it reads from headers; both are what is examined.
  // Node types its answer as void and heeds it as a boolean.
  agent.keepSocketAlive = () => true as unknown as undefined;
  held[AGENT] = agent;
  return agent;
}

/** One `name: value` a line, without what is secret. */
function shownHeaders(headers: Ask["headers"]): string {
  return headers.map(([name, value]) => `${name}: ${SHOWN_HEADERS.test(name) ? value : "(masked)"}`).join("\n");
}
