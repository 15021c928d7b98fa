// A small server for tests on real sockets: answers like the Messages API, or misbehaves as the body asks.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  readonly socket: object;
  /** Whether the connection was closed before the answer was complete. */
  cut: boolean;
}

/** What the server does with a request, by the order in which it comes; the last stays. */
export type Deed = (req: Arrived, res: ServerResponse) => void;

/** A running server. */
export interface ApiServer {
  readonly url: string;
  readonly seen: Arrived[];
  deeds: Deed[];
  close(): Promise<void>;
}

/** One SSE frame of the Messages API. */
export function frame(name: string, data: object = {}): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

export const START = frame("message_start", {
  message: { id: "msg_1", model: "m", usage: { input_tokens: 3, output_tokens: 1 } },
});
export const HELLO = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "hello" } });
export const END =
  frame("content_block_stop", { index: 0 }) +
  frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } }) +
  frame("message_stop");

/** Answers as the API does: an event stream when the body asks for one, else JSON. */
export const ok: Deed = (req, res) => {
  if (req.body.includes('"stream":true')) {
    res.writeHead(200, { "content-type": "text/event-stream", "request-id": "up_1" });
    res.end(START + HELLO + END);
    return;
  }
  res.writeHead(200, { "content-type": "application/json", "request-id": "up_1" });
  res.end(
    '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":3,"output_tokens":5}}',
  );
};

/** Refuses with a status and a body of the API's shape. */
export function refuse(status: number, headers: { readonly [name: string]: string } = {}): Deed {
  return (_, res) => {
    res.writeHead(status, { "content-type": "application/json", "request-id": "up_9", ...headers });
    const type =
      status === 529 ? "overloaded_error" : status === 401 ? "authentication_error" : "invalid_request_error";
    res.end(`{"type":"error","error":{"type":"${type}","message":"no ${status}"}}`);
  };
}

/** Closes the connection without an answer. */
export const hangUp: Deed = (_, res) => {
  res.destroy();
};

/** Starts a server on a free port of this machine. `make` may put TLS in front. */
export async function apiServer(
  deeds: readonly Deed[] = [ok],
  make: (listener: RequestListener) => Server = (listener) => createServer(listener),
  scheme = "http",
): Promise<ApiServer> {
  const seen: Arrived[] = [];
  const server = make((req, res) => {
    const pieces: Buffer[] = [];
    req.on("data", (chunk: Buffer) => pieces.push(chunk));
    req.on("end", () => {
      const { method = "", url = "", headers, socket } = req;
      const arrived = { method, url, headers, socket, body: Buffer.concat(pieces), cut: false };
      res.on("close", () => {
        arrived.cut = !res.writableFinished;
      });
      const deed = made.deeds[Math.min(seen.length, made.deeds.length - 1)] ?? ok;
      seen.push(arrived);
      deed(arrived, res);
    });
    req.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: ApiServer = {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    deeds: [...deeds],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return made;
}
