// What is not a proper HTTP request: answered clearly where that is possible, never acted on.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Code } from "@fairlead/engine";
import { newId, type Runtime } from "@fairlead/runtime";
import type { HttpResponse } from "../edge/http-surface.ts";
import type { LeanRequest } from "../edge/lean-request.ts";
import { type Refusal, rawRefusal, refusal } from "../edge/refusal.ts";
import { drainBody } from "../edge/request-body.ts";
import { ANSWERING, type AnsweringSocket } from "../plain/plain-connection.ts";
import { refusalFact } from "../telemetry/edge-facts.ts";

/** A refused connection is closed after this long at the latest, milliseconds. */
const LINGER_MS = 2_000;

const REASONS: { readonly [status: number]: string } = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Payload Too Large",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
};

/** Sentences for the parser's codes that people meet. */
const WORDS: { readonly [code: string]: string } = {
  HPE_INVALID_METHOD: "the method is not one of HTTP's.",
  HPE_INVALID_URL: "the request target is not valid.",
  HPE_INVALID_VERSION: "the HTTP version is not 1.0 or 1.1.",
  HPE_INVALID_CONSTANT: "the request line is not HTTP/1.1.",
  HPE_INVALID_HEADER_TOKEN: "a header line is not valid.",
  HPE_CR_EXPECTED: "a line does not end in CR LF.",
  HPE_LF_EXPECTED: "a line does not end in CR LF.",
  HPE_INVALID_CONTENT_LENGTH: "the Content-Length is not one number, or stands beside Transfer-Encoding.",
  HPE_UNEXPECTED_CONTENT_LENGTH: "there is more than one Content-Length, or one beside Transfer-Encoding.",
  HPE_INVALID_TRANSFER_ENCODING: "the Transfer-Encoding is not chunked, or stands beside Content-Length.",
  HPE_INVALID_CHUNK_SIZE: "a chunk's size is not a hexadecimal number.",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "the chunk extensions are too long.",
  HPE_INVALID_EOF_STATE: "the connection ended inside the request.",
};

/** Wires a server so that broken requests get an answer of ours and nothing else happens. */
export function guard(server: Server, rt: Runtime, headerBytes: number): void {
  // The newest response of each connection: an error on the connection must not be written into it.
  const newest = new WeakMap<Duplex, ServerResponse<LeanRequest>>();
  // Connections on which the parser has given up: it complains about everything that still comes.
  const lost = new WeakSet<Duplex>();
  server.prependListener("request", (req: LeanRequest, res: ServerResponse<LeanRequest>) =>
    newest.set(req.socket, res),
  );
  server.prependListener("checkContinue", (req: LeanRequest, res: ServerResponse<LeanRequest>) =>
    newest.set(req.socket, res),
  );
  server.prependListener("checkExpectation", (req: LeanRequest, res: ServerResponse<LeanRequest>) =>
    newest.set(req.socket, res),
  );

  const tell = (id: string, { status, code }: Refusal, method: string) => {
    rt.emit(refusalFact(rt.clock.now(), { id, method, route: "other", status, code }));
  };
  const answer = (socket: Duplex, code: Code, fill: { readonly [name: string]: string | number }, method: string) => {
    if (lost.has(socket)) return;
    lost.add(socket);
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const id = newId(rt.random, "req_fl_");
    const refused = refusal(code, id, fill);
    const send = () => {
      if (!socket.writable) return;
      socket.end(rawRefusal(refused, REASONS[refused.status] ?? "Error"));
      // What still arrives is read and dropped for a moment: closing at once could cost the client the answer.
      socket.resume();
      rt.clock.timer(LINGER_MS, () => socket.destroy());
    };
    const before: HttpResponse | undefined = (socket as AnsweringSocket)[ANSWERING] ?? newest.get(socket);
    if (before === undefined || before.writableFinished || before.destroyed) send();
    else if (before.req.complete) before.once("finish", send);
    else if (!before.headersSent) {
      // The bad bytes belong to the body of a request that waits for its answer: this is the answer, in its turn.
      refused.headers.push("connection", "close");
      before.writeHead(refused.status, refused.headers);
      before.write(refused.body);
      // Whoever still reads the body hears nothing from Node once the response is done.
      before.once("finish", () => before.req.destroy());
      rt.clock.timer(LINGER_MS, () => before.end());
    } else {
      // That request was refused already, and what was left of its body did not matter any more.
      before.end();
      return;
    }
    tell(id, refused, method);
  };

  server.on("clientError", (e: NodeJS.ErrnoException, socket: Duplex) => {
    if (e.code === "ECONNRESET" || e.code === "EPIPE") {
      socket.destroy();
    } else if (e.code === "HPE_HEADER_OVERFLOW") {
      answer(socket, "headers_too_large", { limit: `${Math.floor(headerBytes / 1024)} KB` }, "");
    } else if (e.code === "ERR_HTTP_REQUEST_TIMEOUT") {
      if (((socket as AnsweringSocket)[ANSWERING] ?? newest.get(socket))?.req.complete === false)
        answer(socket, "body_timeout", { seconds: server.requestTimeout / 1_000 }, "");
      else answer(socket, "header_timeout", {}, "");
    } else answer(socket, "bad_request", { reason: WORDS[e.code ?? ""] ?? "it is not valid HTTP/1.1." }, "");
  });
  server.on("connect", (_req: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    answer(
      socket,
      "method_not_allowed",
      { path: "This gateway", allowed: "GET, HEAD, POST and DELETE", method: "CONNECT (it is no forward proxy)" },
      "CONNECT",
    );
  });
  server.on("checkExpectation", (req: LeanRequest, res: ServerResponse<LeanRequest>) => {
    const id = newId(rt.random, "req_fl_");
    const refused = refusal("expectation", id, {
      got: JSON.stringify(String(req.headers.expect).slice(0, 60)),
    });
    refused.headers.push("connection", "close");
    res.writeHead(refused.status, refused.headers);
    res.write(refused.body);
    drainBody(req, res, rt.clock);
    tell(id, refused, req.method ?? "");
  });
}
