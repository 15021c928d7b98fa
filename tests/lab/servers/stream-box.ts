// A box between a program and the API that does one thing wrong with streams. One argument: JSON.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { constants, createGzip } from "node:zlib";

/** What the box does. Nothing set: it passes on what comes, as it comes. */
export interface StreamBoxConfig {
  readonly address: string;
  readonly port: number;
  readonly upstream: { readonly host: string; readonly port: number };
  /** Milliseconds after which an idle connection is closed. Default 400 s. */
  readonly idleMs?: number;
  /** Only streamed answers are touched by what follows. */
  readonly fault?:
    | { readonly kind: "hold-all" }
    | { readonly kind: "hold-body" }
    /** Holds the body and sends pings meanwhile, every so many milliseconds. */
    | { readonly kind: "hold-with-pings"; readonly everyMs: number }
    | { readonly kind: "batch-bytes"; readonly bytes: number }
    | { readonly kind: "batch-time"; readonly ms: number }
    | { readonly kind: "strip-event-lines" }
    /** Says content-encoding: gzip over a plain body. */
    | { readonly kind: "belie-gzip" }
    /** Compresses and does not say so. */
    | { readonly kind: "hide-gzip" }
    /** Ends in good order, or breaks, behind so many bytes. */
    | { readonly kind: "truncate"; readonly bytes: number; readonly how: "end" | "reset" }
    /** Stops passing on behind so many bytes, for so long. */
    | { readonly kind: "pause"; readonly bytes: number; readonly ms: number }
    /** Turns streamed requests down. */
    | { readonly kind: "refuse" }
    /** Announces the stream as something else. */
    | { readonly kind: "retype"; readonly type: string }
    /** Asks upstream without stream. */
    | { readonly kind: "unstream" }
    /** Writes the frames of another vendor. */
    | { readonly kind: "other-vendor" };
}

type Fault = NonNullable<StreamBoxConfig["fault"]>;

function main(config: StreamBoxConfig): void {
  const server = createServer((req, res) => pass(config, req, res));
  server.keepAliveTimeout = config.idleMs ?? 400_000;
  server.requestTimeout = 0;
  server.on("clientError", (_, socket) => socket.destroy());
  server.listen(config.port, config.address, () => console.log("ready"));
}

function pass({ upstream, fault }: StreamBoxConfig, req: IncomingMessage, res: ServerResponse): void {
  const pieces: Buffer[] = [];
  req.on("data", (piece: Buffer) => pieces.push(piece));
  req.on("end", () => {
    let body = Buffer.concat(pieces);
    const streamed = /"stream"\s*:\s*true/.test(body.toString());
    if (streamed && fault?.kind === "refuse") {
      const error = { type: "invalid_request_error", message: "stream: not supported" };
      res.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ type: "error", error }));
      return;
    }
    if (streamed && fault?.kind === "unstream")
      body = Buffer.from(body.toString().replace(/"stream"\s*:\s*true/, '"stream":false'));
    const headers = { ...req.headers, host: "api.anthropic.com", "content-length": String(body.length) };
    const up = request({ ...upstream, method: req.method ?? "GET", path: req.url ?? "/", headers }, (answer) => {
      const own = { ...answer.headers };
      delete own.connection;
      delete own["transfer-encoding"];
      if (streamed && answer.statusCode === 200 && fault !== undefined) play(fault, answer, res, own);
      else {
        res.writeHead(answer.statusCode ?? 502, own);
        answer.pipe(res);
      }
    });
    up.on("error", () => res.destroy());
    res.on("close", () => up.destroy());
    up.end(body);
  });
}

function play(fault: Fault, answer: IncomingMessage, res: ServerResponse, headers: IncomingMessage["headers"]): void {
  const head = (more: IncomingMessage["headers"] = {}) => {
    const all = { ...headers, ...more };
    // A length of the upstream's would belie what the box makes of the body.
    delete all["content-length"];
    res.writeHead(200, all);
    res.flushHeaders();
  };
  const all = (then: (body: Buffer) => void) => {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.on("end", () => then(Buffer.concat(pieces)));
  };
  switch (fault.kind) {
    case "hold-all":
      return all((body) => {
        head();
        res.end(body);
      });
    case "hold-body":
      head();
      return all((body) => res.end(body));
    case "hold-with-pings": {
      head();
      const timer = setInterval(() => res.write('event: ping\ndata: {"type": "ping"}\n\n'), fault.everyMs);
      res.on("close", () => clearInterval(timer));
      return all((body) => {
        clearInterval(timer);
        res.end(body);
      });
    }
    case "batch-bytes":
    case "batch-time":
      head();
      return batch(fault, answer, res);
    case "strip-event-lines": {
      head();
      let rest = "";
      answer.setEncoding("utf8").on("data", (piece: string) => {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        res.write(lines.map((line) => (line.startsWith("event:") ? "" : `${line}\n`)).join(""));
      });
      answer.on("end", () => res.end(rest));
      return;
    }
    case "belie-gzip":
      head({ "content-encoding": "gzip" });
      answer.pipe(res);
      return;
    case "hide-gzip":
      head();
      answer.pipe(createGzip({ flush: constants.Z_SYNC_FLUSH })).pipe(res);
      return;
    case "truncate":
      head();
      return truncate(fault, answer, res);
    case "pause":
      head();
      return pause(fault, answer, res);
    case "retype":
      head({ "content-type": fault.type });
      answer.pipe(res);
      return;
    case "unstream":
      head({ "content-type": "application/json" });
      answer.pipe(res);
      return;
    case "other-vendor":
      head();
      answer.on("data", () =>
        res.write('data: {"id":"x","object":"chat.completion.chunk","choices":[{"delta":{"content":"one"}}]}\n\n'),
      );
      answer.on("end", () => res.end("data: [DONE]\n\n"));
  }
}

function batch(
  fault: Extract<Fault, { kind: "batch-bytes" | "batch-time" }>,
  answer: IncomingMessage,
  res: ServerResponse,
): void {
  let held: Buffer[] = [];
  let size = 0;
  const flush = () => {
    if (size > 0) res.write(Buffer.concat(held));
    held = [];
    size = 0;
  };
  const timer = fault.kind === "batch-time" ? setInterval(flush, fault.ms) : undefined;
  answer.on("data", (piece: Buffer) => {
    held.push(piece);
    size += piece.length;
    if (fault.kind === "batch-bytes" && size >= fault.bytes) flush();
  });
  answer.on("end", () => {
    clearInterval(timer);
    flush();
    res.end();
  });
}

function truncate(fault: Extract<Fault, { kind: "truncate" }>, answer: IncomingMessage, res: ServerResponse): void {
  let passed = 0;
  answer.on("data", (piece: Buffer) => {
    if (passed >= fault.bytes) return;
    const part = piece.subarray(0, fault.bytes - passed);
    passed += part.length;
    res.write(part);
    if (passed < fault.bytes) return;
    if (fault.how === "end") res.end();
    // What was written has to be out before the reset throws it away.
    else setTimeout(() => res.socket?.resetAndDestroy(), 30);
    answer.destroy();
  });
  answer.on("error", () => {});
  answer.on("end", () => res.end());
}

function pause(fault: Extract<Fault, { kind: "pause" }>, answer: IncomingMessage, res: ServerResponse): void {
  let passed = 0;
  let held: Buffer[] | undefined;
  let over = false;
  answer.on("data", (piece: Buffer) => {
    passed += piece.length;
    if (held !== undefined) return void held.push(piece);
    res.write(piece);
    if (passed < fault.bytes || over) return;
    held = [];
    setTimeout(() => {
      over = true;
      res.write(Buffer.concat(held ?? []));
      held = undefined;
      if (answer.readableEnded) res.end();
    }, fault.ms);
  });
  answer.on("end", () => {
    if (held === undefined) res.end();
  });
}

main(JSON.parse(process.argv[2] ?? "") as StreamBoxConfig);
