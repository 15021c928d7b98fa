// An upstream for tests of sockets: answers like the Messages API and records every byte and request that reach it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request as it reached the upstream. */
export interface Received {
  readonly method: string;
  readonly target: string;
  /** Names and values alternating, as they came. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What an upstream does with a request whose body it has read. */
export type Behaviour = (req: IncomingMessage, res: ServerResponse, body: Buffer) => void;

/** A listening upstream. */
export interface Upstream {
  readonly url: string;
  /** Whole requests, oldest first. */
  readonly received: Received[];
  /** All bytes that came, on whichever connection, oldest first. */
  readonly raw: Buffer[];
  /** Milliseconds (performance.now) at which connections were closed, in order. */
  readonly closedAt: number[];
  behave: Behaviour;
  /** Forgets what was recorded. */
  clear(): void;
  close(): Promise<void>;
}

/** The frames of a short whole stream. */
export const FRAMES: readonly string[] = [
  frame("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: [],
      stop_reason: null,
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  }),
  frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hello" } }),
  frame("content_block_stop", { index: 0 }),
  frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
  frame("message_stop", {}),
];

/** A whole answer that is not streamed. */
export const MESSAGE = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-test",
  content: [{ type: "text", text: "Hello" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 3, output_tokens: 2 },
});

/** One event as the API prints it. */
export function frame(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

/** Answers with MESSAGE, or with FRAMES when the body asks for a stream. */
export function answer(_req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  if (body.includes('"stream":true')) {
    res.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_up" });
    for (const one of FRAMES) res.write(one);
    res.end();
  } else {
    res.writeHead(200, { "content-type": "application/json", "request-id": "req_up" });
    res.end(MESSAGE);
  }
}

/** Starts an upstream on a port of its own. */
export async function startUpstream(behave: Behaviour = answer): Promise<Upstream> {
  const received: Received[] = [];
  const raw: Buffer[] = [];
  const closedAt: number[] = [];
  const server = createServer({ maxHeaderSize: 1_048_576, requestTimeout: 0 }, (req, res) => {
    const pieces: Buffer[] = [];
    req.on("data", (chunk: Buffer) => pieces.push(chunk));
    req.on("error", () => {});
    req.on("end", () => {
      const body = Buffer.concat(pieces);
      received.push({ method: req.method ?? "", target: req.url ?? "", headers: req.rawHeaders, body });
      upstream.behave(req, res, body);
    });
  });
  server.maxHeadersCount = 0;
  server.on("connection", (socket: Socket) => {
    socket.on("data", (chunk: Buffer) => raw.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => closedAt.push(performance.now()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    raw,
    closedAt,
    behave,
    clear() {
      received.length = 0;
      raw.length = 0;
      closedAt.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}
