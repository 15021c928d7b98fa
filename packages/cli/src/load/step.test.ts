// Steps against servers that behave in known ways: what is counted, from when, and how it ends.

import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { RequestMaker, type RequestShape } from "./request-maker.ts";
import { Step, type StepPlan } from "./step.ts";

const SHAPE: RequestShape = {
  path: "/v1/messages",
  authority: "127.0.0.1",
  model: "claude-haiku-5-5",
  maxTokens: 5,
  promptTokens: 20,
  stream: false,
  seed: "s",
  tenants: 0,
  keys: ["key-one", "key-two"],
  auth: "x-api-key",
  headers: [["fairlead-priority", "batch"]],
};
const PLAN: StepPlan = {
  kind: "at-once",
  level: 4,
  requests: undefined,
  durationMs: undefined,
  warmUpMs: 0,
  timeoutMs: 5_000,
  connections: 100,
  stream: false,
  seed: "s",
  tenants: 0,
};
const BODY = JSON.stringify({
  type: "message",
  model: "claude-haiku-5-5",
  usage: { input_tokens: 20, output_tokens: 5 },
});
const OK = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  server?.close();
  for (const socket of sockets) socket.destroy();
});

/** A server that hands each whole request to `answer`. */
async function serve(answer: (socket: Socket, request: string) => void): Promise<number> {
  server = createServer((socket) => {
    sockets.add(socket);
    let got = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
      for (;;) {
        const head = got.indexOf("\r\n\r\n");
        const length = Number(/content-length: (\d+)/.exec(got)?.[1] ?? Number.NaN);
        if (head < 0 || !(got.length >= head + 4 + length)) return;
        const request = got.slice(0, head + 4 + length);
        got = got.slice(head + 4 + length);
        answer(socket, request);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

function step(port: number, plan: Partial<StepPlan>, shape: Partial<RequestShape> = {}): Step {
  const endpoint = { host: "127.0.0.1", address: "127.0.0.1", port, tls: false };
  return new Step({ ...PLAN, ...plan }, endpoint, new RequestMaker({ ...SHAPE, ...shape }));
}

describe("Step", () => {
  it("sends exactly as many as asked for, as many at once as asked for, each with a prompt of its own", async () => {
    const seen: string[] = [];
    let open = 0;
    let most = 0;
    const port = await serve((socket, request) => {
      seen.push(request);
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        socket.write(OK);
      }, 5);
    });
    const { score, mostOpen } = await step(port, { requests: 50 }).run();
    expect(seen.length).toBe(50);
    expect(score).toMatchObject({ ok: 50, failed: 0, inputTokens: 1_000, outputTokens: 250, priced: true });
    expect(score.picoUsd).toBeGreaterThan(0);
    expect(most).toBe(4);
    expect(mostOpen).toBe(4);
    const bodies = seen.map((request) => JSON.parse(request.slice(request.indexOf("\r\n\r\n"))));
    expect(new Set(bodies.map((body) => body.messages[0].content)).size).toBe(50);
    expect(bodies[0]).toMatchObject({ model: "claude-haiku-5-5", max_tokens: 5, stream: false });
    expect(Math.abs(bodies[0].messages[0].content.length - 80)).toBeLessThan(8);
    expect(seen.filter((request) => request.includes("x-api-key: key-one")).length).toBe(25);
    expect(seen[0]).toContain("fairlead-priority: batch\r\n");
  });

  it("makes the same requests from the same seed", async () => {
    const make = (seed: string) => {
      const maker = new RequestMaker({ ...SHAPE, seed, tenants: 3 });
      return Array.from({ length: 5 }, () => maker.next().pieces.join(""));
    };
    expect(make("a")).toEqual(make("a"));
    expect(make("a")).not.toEqual(make("b"));
    expect(make("a")[3]).toContain('"user_id":"fairlead-load-0000000"');
    expect(new Set(make("a").map((request) => request.length)).size).toBe(1);
  });

  it("writes long prompts whole", async () => {
    let size = 0;
    const port = await serve((socket, request) => {
      size = JSON.parse(request.slice(request.indexOf("\r\n\r\n"))).messages[0].content.length;
      socket.write(OK);
    });
    const { score } = await step(port, { requests: 3, level: 1 }, { promptTokens: 50_000 }).run();
    expect(score.ok).toBe(3);
    expect(size / 4).toBeGreaterThan(49_990);
  });

  it("counts an open loop from when requests were due, however slow the server is", async () => {
    // One connection, one answer each 50 ms: 20 a second, and 100 a second come.
    const port = await serve((socket) => {
      setTimeout(() => socket.write(OK), 50);
    });
    const plan = { kind: "rate", level: 100, durationMs: 500, connections: 1 } as const;
    const result = await step(port, plan).run();
    const { score } = result;
    expect(score.ok).toBeGreaterThan(30);
    expect(score.ok).toBeLessThan(75);
    // The last had to wait for all before it: a closed loop would have said 50 ms.
    expect(score.answered.times().max).toBeGreaterThan(score.ok * 50 - 700);
    expect(score.answered.times().p50).toBeGreaterThan(500);
    expect(result.waitedMs).toBeGreaterThan(1_000);
    expect(result.mostOpen).toBe(1);
  });

  it("keeps its rate against a server that answers nothing", async () => {
    let got = 0;
    const port = await serve(() => {
      got += 1;
    });
    const plan = { kind: "rate", level: 200, durationMs: 1_000, timeoutMs: 300 } as const;
    const { score, seconds } = await step(port, plan).run();
    expect(got).toBeGreaterThan(140);
    expect(got).toBeLessThan(270);
    expect(score.failed).toBe(got);
    expect(score.ranking()[0]?.wrong).toMatchObject({ kind: "timeout", what: "no whole answer within 0.3 s" });
    expect(score.failedAfter.times().p50).toBeGreaterThanOrEqual(300);
    expect(seconds).toBeCloseTo(1, 1);
  });

  it("leaves the warm-up out of the counts, and its end in the rate", async () => {
    let got = 0;
    const port = await serve((socket) => {
      got += 1;
      setTimeout(() => socket.write(OK), 20);
    });
    const { score, seconds } = await step(port, { durationMs: 400, warmUpMs: 400 }).run();
    expect(seconds).toBeCloseTo(0.4, 2);
    expect(got).toBeGreaterThan(score.ok * 1.5);
    expect(score.inTime / seconds).toBeLessThan(205);
    expect(score.inTime).toBeGreaterThan(score.ok * 0.9);
  });

  it("measures over the whole when answers take longer than the step", async () => {
    const port = await serve((socket) => {
      setTimeout(() => socket.write(OK), 300);
    });
    const { score, seconds } = await step(port, { durationMs: 100 }).run();
    expect(score).toMatchObject({ ok: 4, inTime: 4 });
    expect(seconds).toBeGreaterThan(0.29);
  });

  it("tells broken connections apart, and does not spin where nobody listens", async () => {
    let got = 0;
    const port = await serve((socket) => {
      got += 1;
      if (got % 2 === 0) socket.destroy();
      else socket.end(OK.slice(0, -10));
    });
    const { score } = await step(port, { requests: 20 }).run();
    expect(score.ok).toBe(0);
    expect(score.ranking().map(({ wrong, count }) => [wrong.kind, count])).toEqual([
      ["cut", 10],
      ["connection", 10],
    ]);
    server?.close();
    for (const socket of sockets) socket.destroy();
    await sleep(20);
    const none = await step(port, { durationMs: 500 }).run();
    expect(none.score.ranking()[0]?.wrong.what).toBe("ECONNREFUSED while connecting");
    expect(none.score.failed).toBeLessThan(120);
  });

  it("never shows a key that a server repeats", async () => {
    const port = await serve((socket, request) => {
      const key = /x-api-key: (\S+)/.exec(request)?.[1];
      const body = `{"type":"error","error":{"type":"api_error","message":"${"no ".repeat(20)}use of ${key} here"}}`;
      socket.write(`HTTP/1.1 500 no\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const { score } = await step(port, { requests: 4 }).run();
    expect(score.failed).toBe(4);
    expect(score.ranking()[0]?.wrong.message).toContain("use of [key] here");
    expect(JSON.stringify(score.ranking())).not.toMatch(/key-one|key-two/);
  });

  it("sends each of thousands that wait for a connection once", async () => {
    let answered = 0;
    const port = await serve((socket) => {
      answered += 1;
      // Nothing for a while, then all at once.
      if (answered > 1) socket.write(OK);
      else setTimeout(() => socket.write(OK), 900);
    });
    const plan = { kind: "rate", level: 4_000, requests: 3_000, durationMs: 5_000, connections: 1 } as const;
    const { score, waitedMs } = await step(port, plan).run();
    expect(score).toMatchObject({ ok: 3_000, failed: 0 });
    expect(answered).toBe(3_000);
    expect(waitedMs).toBeGreaterThan(400);
  });

  it("ends at once when told to, with what was measured", async () => {
    let got = 0;
    const port = await serve((socket) => {
      got += 1;
      if (got <= 10) socket.write(OK);
    });
    const running = step(port, { durationMs: 60_000 });
    const ended = running.run();
    while (got < 14) await sleep(5);
    running.stop();
    const result = await ended;
    expect(result.interrupted).toBe(true);
    expect(result.score).toMatchObject({ ok: 10, failed: 0, abandoned: 4 });
    expect(result.seconds).toBeLessThan(5);
  });

  it("shares out tenants and says how fair the answers were", async () => {
    const port = await serve((socket, request) => {
      if (request.includes("load-0000002")) socket.write("HTTP/1.1 429 no\r\ncontent-length: 0\r\n\r\n");
      else socket.write(OK);
    });
    const { score } = await step(port, { requests: 30, tenants: 3 }, { tenants: 3 }).run();
    expect(score.byTenant).toEqual([10, 10, 0]);
    expect(score.fairness()).toBeCloseTo(2 / 3, 5);
    expect(score.ranking()[0]).toMatchObject({ count: 10, wrong: { kind: "status", what: "429" } });
  });
});
