// The servers of the lab's internet: a front per address (TLS or not, well or ill behaved) before one simulator.

import { readFileSync } from "node:fs";
import { Agent, createServer as createHttp, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Socket } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { type SimulatorOptions, startSimulator } from "@fairlead/simulator";

/** An answer that is written in the scenario. */
export interface Canned {
  /** Default 200. */
  readonly status?: number;
  /** Added to those of the front; null takes one of them away. */
  readonly headers?: { readonly [name: string]: string | readonly string[] | null };
  /** An object becomes JSON (and content-type application/json). */
  readonly body?: string | object;
  /** Bytes in base64, in place of `body`. */
  readonly base64?: string;
  /** Milliseconds before the head. */
  readonly delayMs?: number;
  /** Pieces behind the body, each so many milliseconds after the one before. */
  readonly pieces?: readonly (readonly [afterMs: number, text: string])[];
  /** How it ends behind all that. Default whole; `cut` closes the connection, `reset` resets it, `open` never ends. */
  readonly ending?: "whole" | "cut" | "reset" | "open";
}

/** One address and port. */
export interface Front {
  readonly address: string;
  readonly port: number;
  /**
   * `tls` serves; `plain` serves HTTP without TLS; `silent` accepts and says nothing; `close` and `reset` end every
   * connection at once; `close-after-hello` and `reset-after-hello` when the first bytes came; `old-tls` speaks only
   * TLS 1.1; `client-cert` asks for a certificate of the private CA; `none` does not listen.
   */
  readonly mode:
    | "tls"
    | "plain"
    | "silent"
    | "close"
    | "reset"
    | "close-after-hello"
    | "reset-after-hello"
    | "old-tls"
    | "client-cert"
    | "none";
  /** Files with the chain (leaf first) and its key. */
  readonly cert: string;
  readonly key: string;
  /** File with the roots of client certificates. */
  readonly clientRoots: string;
  /** By `METHOD /path`, each of which may be `*`; `/path*` matches what begins so. The first that matches counts. */
  readonly answers: { readonly [key: string]: Canned };
  /** What answers everything else. `page` is a plain web page, `silent` never answers. */
  readonly backend: "simulator" | "page" | "silent" | "not-found";
  /** Adds `server: cloudflare` and `cf-ray` where the answer has none. */
  readonly edge: boolean;
  /** Milliseconds before every answer. */
  readonly delayMs: number;
  /** Milliseconds after which an idle connection is closed. Default 400 s as Claude's edge does. */
  readonly idleMs: number;
}

/** Everything that this program is told, as JSON in the file that its argument names. */
export interface OriginConfig {
  readonly fronts: readonly Front[];
  readonly simulator: SimulatorOptions;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
let serial = 0;

async function main(file: string): Promise<void> {
  const { fronts, simulator } = JSON.parse(readFileSync(file, "utf8")) as OriginConfig;
  const running = await startSimulator(
    { ...simulator, host: "127.0.0.1", controlPort: 0, regions: [{ name: "lab", port: 0, ...simulator.regions?.[0] }] },
    systemRuntime(),
  );
  const port = running.regions[0]?.port ?? 0;
  await Promise.all(fronts.filter(({ mode }) => mode !== "none").map((front) => open(front, port)));
  console.log("ready");
}

function open(front: Front, simulator: number): Promise<void> {
  const serve = (req: IncomingMessage, res: ServerResponse) => answer(front, simulator, req, res);
  const files = () => ({ cert: readFileSync(front.cert), key: readFileSync(front.key) });
  const web = (server: ReturnType<typeof createHttp>) => {
    server.keepAliveTimeout = front.idleMs;
    server.requestTimeout = 0;
    server.on("clientError", (_, socket) => socket.destroy());
    return server;
  };
  const server = {
    tls: () => web(createHttps({ ...files(), minVersion: "TLSv1.2" }, serve)),
    plain: () => web(createHttp(serve)),
    silent: () => createTcp(keep(() => {})),
    close: () => createTcp(keep((socket) => socket.destroy())),
    reset: () => createTcp(keep((socket) => socket.resetAndDestroy())),
    "close-after-hello": () => createTcp(keep((socket) => socket.once("data", () => socket.destroy()))),
    "reset-after-hello": () => createTcp(keep((socket) => socket.once("data", () => socket.resetAndDestroy()))),
    "old-tls": () =>
      web(
        createHttps({ ...files(), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }, serve),
      ),
    "client-cert": () =>
      web(
        createHttps(
          { ...files(), requestCert: true, rejectUnauthorized: true, ca: readFileSync(front.clientRoots) },
          serve,
        ),
      ),
    none: () => createTcp(),
  }[front.mode]();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(front.port, front.address, () => resolve());
  });
}

const keep = (then: (socket: Socket) => void) => (socket: Socket) => {
  socket.on("error", () => {});
  socket.resume();
  then(socket);
};

function answer(front: Front, simulator: number, req: IncomingMessage, res: ServerResponse): void {
  const canned = Object.entries(front.answers).find(([key]) => matches(key, req.method ?? "", req.url ?? ""))?.[1];
  const edge: { [name: string]: string } = front.edge
    ? {
        server: "cloudflare",
        "cf-ray": `${(++serial).toString(16).padStart(16, "8")}-LAB`,
        "cf-cache-status": "DYNAMIC",
      }
    : {};
  // Set by hand: of its own accord Node would tell its idle time, which the edge does not.
  if (req.headers.connection?.toLowerCase() !== "close") res.setHeader("connection", "keep-alive");
  const later = (ms: number, what: () => void) => (ms > 0 ? setTimeout(what, ms) : what());
  const delay = front.delayMs + (canned?.delayMs ?? 0);
  if (canned !== undefined) {
    req.resume();
    later(delay, () => tell(canned, edge, req, res));
  } else if (front.backend === "simulator") later(delay, () => forward(simulator, edge, req, res));
  else if (front.backend === "page") later(delay, () => tell(PAGE, edge, req, res));
  else if (front.backend === "not-found") later(delay, () => tell(NOT_FOUND, edge, req, res));
  else req.resume();
}

const PAGE: Canned = {
  headers: { "content-type": "text/html" },
  body: "<!doctype html><title>It works</title><p>It works.",
};
const NOT_FOUND: Canned = { status: 404, headers: { "content-type": "text/plain" }, body: "not found\n" };

function matches(key: string, method: string, url: string): boolean {
  const [wantedMethod = "*", wantedPath = "*"] = key.split(" ");
  const path = url.split("?")[0] ?? "";
  if (wantedMethod !== "*" && wantedMethod !== method) return false;
  return (
    wantedPath === "*" || (wantedPath.endsWith("*") ? path.startsWith(wantedPath.slice(0, -1)) : path === wantedPath)
  );
}

function tell(canned: Canned, edge: { [name: string]: string }, req: IncomingMessage, res: ServerResponse): void {
  const headers: { [name: string]: string | readonly string[] | null } = { ...edge, ...canned.headers };
  const isData = typeof canned.body === "object";
  if (isData && headers["content-type"] === undefined) headers["content-type"] = "application/json";
  const body =
    canned.base64 !== undefined
      ? Buffer.from(canned.base64, "base64")
      : isData
        ? JSON.stringify(canned.body)
        : String(canned.body ?? "");
  for (const [name, value] of Object.entries(headers)) if (value !== null) res.setHeader(name, value);
  const pieces = canned.pieces ?? [];
  const ending = canned.ending ?? "whole";
  if (pieces.length === 0 && ending === "whole") {
    res.setHeader("content-length", Buffer.byteLength(body));
    res.writeHead(canned.status ?? 200);
    res.end(req.method === "HEAD" ? undefined : body);
    return;
  }
  res.writeHead(canned.status ?? 200);
  res.flushHeaders();
  if (body.length > 0) res.write(body);
  const next = (index: number): void => {
    const piece = pieces[index];
    if (piece !== undefined) {
      setTimeout(() => {
        res.write(piece[1]);
        next(index + 1);
      }, piece[0]);
    } else if (ending === "whole") res.end();
    else if (ending === "cut") setTimeout(() => req.socket.destroySoon(), 20);
    else if (ending === "reset") setTimeout(() => resetUnder(req.socket), 20);
  };
  next(0);
}

/** A TLS socket has no reset of its own: its carrier's is what the client sees. */
function resetUnder(socket: Socket): void {
  const carrier = (socket as Socket & { _parent?: Socket })._parent ?? socket;
  carrier.resetAndDestroy();
}

function forward(port: number, edge: { [name: string]: string }, req: IncomingMessage, res: ServerResponse): void {
  const up = request({
    host: "127.0.0.1",
    port,
    method: req.method,
    path: req.url,
    headers: req.rawHeaders,
    setHost: false,
    agent,
  });
  up.on("error", () => req.socket.destroy());
  up.on("response", (answered) => {
    for (let i = 0; i < answered.rawHeaders.length; i += 2) {
      const name = answered.rawHeaders[i] ?? "";
      if (!/^(?:connection|keep-alive|transfer-encoding)$/i.test(name))
        res.appendHeader(name, answered.rawHeaders[i + 1] ?? "");
    }
    for (const [name, value] of Object.entries(edge)) if (!res.hasHeader(name)) res.setHeader(name, value);
    res.writeHead(answered.statusCode ?? 502);
    res.flushHeaders();
    answered.on("error", () => req.socket.destroy());
    answered.on("close", () => answered.complete || req.socket.destroy());
    answered.pipe(res);
  });
  res.on("close", () => up.destroy());
  req.pipe(up);
}

await main(process.argv[2] ?? "");
