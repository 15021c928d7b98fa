// What this tool can do at most on this machine: the same requests against a server that does nothing but answer.

import { Worker } from "node:worker_threads";
import { RequestMaker, type RequestShape } from "./request-maker.ts";
import { Step } from "./step.ts";

/** How long the ceiling is measured, milliseconds. */
const WARM_UP_MS = 250;
const MEASURE_MS = 500;
/** Deltas of the streamed answer. */
const DELTAS = 16;

/**
 * The server runs in a thread of its own and parses nothing: requests of a load are all of one length, so it counts
 * bytes. As text, because a worker's file would have another name in the build than in the source.
 */
const SERVER = `
const { createServer } = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");
const { length, answer } = workerData;
const server = createServer({ noDelay: true }, (socket) => {
  let bytes = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    while (bytes >= length) { bytes -= length; socket.write(answer, "latin1"); }
  });
});
server.listen(0, "127.0.0.1", 4096, () => parentPort.postMessage(server.address().port));
`;

/** Requests per second that this tool reaches with so many at once, when the server costs nothing. */
export async function ceiling(shape: RequestShape, atOnce: number): Promise<number> {
  const own: RequestShape = { ...shape, authority: "127.0.0.1", keys: ["k".repeat(32)], headers: [] };
  const first = new RequestMaker(own).next();
  const length = first.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const worker = new Worker(SERVER, { eval: true, workerData: { length, answer: answerOf(shape.stream) } });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    const step = new Step(
      {
        kind: "at-once",
        level: atOnce,
        requests: undefined,
        durationMs: MEASURE_MS,
        warmUpMs: WARM_UP_MS,
        timeoutMs: 5_000,
        connections: atOnce,
        stream: shape.stream,
        seed: shape.seed,
        tenants: 0,
      },
      { host: "127.0.0.1", address: "127.0.0.1", port, tls: false },
      new RequestMaker(own),
    );
    const { score, seconds } = await step.run();
    return score.inTime / seconds;
  } finally {
    await worker.terminate();
  }
}

function answerOf(stream: boolean): string {
  const usage = { input_tokens: 10, output_tokens: DELTAS };
  const message = { id: "msg_0", type: "message", role: "assistant", model: "m", content: [], usage };
  if (!stream) {
    const body = JSON.stringify(message);
    return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  }
  const event = (data: { readonly type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const body = [
    event({ type: "message_start", ...{ message } }),
    ...Array.from({ length: DELTAS }, () =>
      event({ type: "content_block_delta", ...{ index: 0, delta: { type: "text_delta", text: "word " } } }),
    ),
    event({ type: "message_delta", ...{ delta: { stop_reason: "end_turn" }, usage } }),
    event({ type: "message_stop" }),
  ].join("");
  const size = body.length.toString(16);
  return `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`;
}
