// A client that stops reading while 50 MB are streamed to it: the gateway stops reading too, and keeps almost nothing.
//
// SILENCE_SECONDS sets how long the client reads nothing: 12 in a normal run; the figure of the project's goal is 60
// (SILENCE_SECONDS=60 npx vitest run tests/sockets/silent-reader.test.ts).

import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startProcess } from "./gateway-process.ts";
import { FRAMES, frame } from "./upstream.ts";
import { talk } from "./wire.ts";
import { BODY, request, STREAM_BODY } from "./world.ts";

const SILENCE_MS = Number(process.env.SILENCE_SECONDS ?? "12") * 1_000;
const TOTAL = 50 * 1_048_576;
const MB = 1_048_576;
const DELTA = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "x".repeat(900) } });
const BLOCK = Buffer.from(chunk(DELTA).repeat(64), "latin1");

/** Bytes that the upstream could write of each stream, oldest first. */
const written: number[] = [];
let upstream: Server;
let gateway: GatewayProcess;

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** Writes as fast as it is taken: an event stream, or one long JSON text. */
function serve(socket: Socket): void {
  let seen = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    seen += bytes.toString("latin1");
    if (!seen.includes('"messages"')) return;
    const streamed = seen.includes('"stream":true');
    const small = seen.includes('"small"');
    seen = "";
    const index = written.push(0) - 1;
    const type = streamed ? "text/event-stream" : "application/octet-stream";
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`);
    if (streamed) socket.write(FRAMES.slice(0, 3).map(chunk).join(""));
    const more = () => {
      while ((written[index] ?? 0) < (small ? MB : TOTAL)) {
        written[index] = (written[index] ?? 0) + BLOCK.length;
        if (!socket.write(BLOCK)) {
          socket.once("drain", more);
          return;
        }
      }
      socket.write(`${streamed ? FRAMES.slice(3).map(chunk).join("") : ""}0\r\n\r\n`);
    };
    more();
  });
}

beforeAll(async () => {
  upstream = createServer(serve);
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  gateway = await startProcess(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await gateway.stop();
  upstream.close();
});

/** A client that sends a request and reads nothing until it is told to. */
function silentClient(bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(bytes);
      resolve(socket);
    });
    socket.on("error", () => {});
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The highest resident memory within a time, looked at ten times a second. */
async function peak(ms: number): Promise<number> {
  let most = 0;
  for (const until = performance.now() + ms; performance.now() < until; await wait(100))
    most = Math.max(most, gateway.rss());
  return most;
}

/** Brings code, buffers and pools to where they stay: whole streams to readers that read, and one silent reader. */
async function warmUp(): Promise<void> {
  for (let i = 0; i < 6; i++) await readAll(await silentClient(request(STREAM_BODY)), TOTAL);
  const silent = await silentClient(request(STREAM_BODY));
  await wait(500);
  silent.destroy();
  await wait(1_500);
}

/** Reads to the end of the body; resolves with how many bytes came. */
function readAll(socket: Socket, atLeast: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let size = 0;
    let tail = "";
    socket.on("data", (bytes) => {
      size += bytes.length;
      tail = (tail + bytes.toString("latin1", Math.max(0, bytes.length - 64))).slice(-64);
      if (!tail.endsWith("\r\n0\r\n\r\n")) return;
      socket.destroy();
      if (size >= atLeast) resolve(size);
      else reject(new Error(`only ${size} bytes came`));
    });
    socket.on("close", () => reject(new Error(`closed after ${size} bytes: ${tail}`)));
    socket.resume();
  });
}

describe("a reader that stops reading", () => {
  it(`costs under 5 MB of the gateway's memory in ${SILENCE_MS / 1_000} s, and loses nothing`, {
    timeout: SILENCE_MS + 60_000,
  }, async () => {
    await warmUp();
    const level = await peak(1_000);
    const silent = await silentClient(request(STREAM_BODY));
    const most = await peak(SILENCE_MS);
    const index = written.length - 1;
    // What the upstream could write went into the kernel's buffers on both ways, not into the gateway.
    const taken = written[index] ?? 0;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(TOTAL / 2);
    expect((most - level) / MB).toBeLessThan(5);
    await wait(200);
    expect(written[index]).toBe(taken);
    // Others are served meanwhile.
    const other = await talk(gateway.url, [request(STREAM_BODY.replace("{", '{"x":"small",'))]);
    expect(other.responses[0]?.whole).toBe(true);
    // And when it reads again, everything is there.
    expect(await readAll(silent, TOTAL)).toBeGreaterThan(TOTAL);
  });

  it("twenty of them, who then leave, cost little and leave nothing behind", async () => {
    const level = await peak(500);
    const silent = await Promise.all(Array.from({ length: 20 }, () => silentClient(request(STREAM_BODY))));
    const most = await peak(2_000);
    expect((most - level) / MB / 20).toBeLessThan(5);
    for (const socket of silent) socket.destroy();
    await wait(500);
    const state = await fetch(`${gateway.adminUrl}/api/state`, { headers: gateway.admin }).then(
      (r) => r.json() as Promise<{ streams: number }>,
    );
    expect(state.streams).toBe(0);
  });

  it("an answer of another kind is held back the same way", async () => {
    const level = await peak(500);
    const files = request("", [`content-length: ${BODY.length}`], "POST /v1/messages/batches HTTP/1.1") + BODY;
    const silent = await silentClient(files);
    const most = await peak(2_000);
    expect(written.at(-1)).toBeLessThan(TOTAL / 2);
    expect((most - level) / MB).toBeLessThan(20);
    expect(await readAll(silent, TOTAL)).toBeGreaterThan(TOTAL);
  });
});

it("refused uploads cost under 64 MB, ten of 40 MB at once", async () => {
  const piece = Buffer.alloc(MB, "a");
  const level = await peak(500);
  const upload = () =>
    talk(gateway.url, [request("", ["content-length: 41943040"]), ...Array.from({ length: 40 }, () => piece)], {
      withinMs: 15_000,
    });
  const watching = peak(2_000);
  const said = await Promise.all(Array.from({ length: 10 }, upload));
  expect(said.map((one) => one.responses[0]?.status)).toEqual(Array.from({ length: 10 }, () => 413));
  expect(((await watching) - level) / MB).toBeLessThan(64);
});
