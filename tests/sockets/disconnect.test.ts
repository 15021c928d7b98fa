// A client that leaves: its upstream request is called off within 100 ms, whatever it was waiting for.

import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stillAlive } from "./hostile.ts";
import { answer, type Behaviour, FRAMES, frame, MESSAGE } from "./upstream.ts";
import { talk } from "./wire.ts";
import { BODY, request, STREAM_BODY, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  world.upstream.clear();
  world.log.length = 0;
});
afterAll(async () => {
  world.upstream.behave = answer;
  await stillAlive(world);
  await world.close();
});

const SSE = { "content-type": "text/event-stream" };

const silent: Behaviour = () => {};
const headOnly: Behaviour = (_req, res) => {
  res.writeHead(200, SSE);
  res.flushHeaders();
};
const held: Behaviour = (_req, res) => {
  res.writeHead(200, SSE);
  res.write(FRAMES[0]);
};
const midStream: Behaviour = (_req, res) => {
  res.writeHead(200, SSE);
  for (const one of FRAMES.slice(0, 3)) res.write(one);
};
const busy: Behaviour = (_req, res) => {
  midStream(_req, res, Buffer.alloc(0));
  every(res, 5, frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "x" } }));
};
const json: Behaviour = (_req, res) => {
  res.writeHead(200, { "content-type": "application/json", "content-length": MESSAGE.length });
  res.write(MESSAGE.slice(0, 20));
};
const failing: Behaviour = (_req, res) => {
  res.writeHead(500, { "content-type": "application/json", "content-length": 500 });
  res.write("{");
};

function every(res: ServerResponse, ms: number, text: string): void {
  const timer = setInterval(() => res.write(text), ms);
  res.on("close", () => clearInterval(timer));
}

const WAITS: ReadonlyArray<readonly [name: string, behave: Behaviour, body: string]> = [
  ["before the upstream's headers, streamed", silent, STREAM_BODY],
  ["before the upstream's headers, not streamed", silent, BODY],
  ["after the headers, before any event", headOnly, STREAM_BODY],
  ["while the answer is held", held, STREAM_BODY],
  ["in a silent gap of a stream", midStream, STREAM_BODY],
  ["in a busy stream", busy, STREAM_BODY],
  ["in the middle of a JSON answer", json, BODY],
  ["in the middle of an error's body", failing, BODY],
];
const LEAVES: ReadonlyArray<readonly [name: string, leave: (socket: Socket) => void]> = [
  ["closes", (socket) => socket.destroy()],
  ["resets", (socket) => socket.resetAndDestroy()],
];

describe.each(LEAVES)("the client %s", (_how, leave) => {
  it.each(WAITS)("%s", async (_name, behave, body) => {
    let closed: number | undefined;
    world.upstream.behave = (req, res, bytes) => {
      req.socket.once("close", () => {
        closed = performance.now();
      });
      behave(req, res, bytes);
    };
    const socket = await opened(request(body));
    await expect.poll(() => world.upstream.received.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(closed).toBeUndefined();
    const left = performance.now();
    leave(socket);
    await expect.poll(() => closed, { interval: 5 }).toBeDefined();
    expect((closed ?? 0) - left).toBeLessThan(100);
    // An upstream that has answered 500 has failed, whoever waits for the rest of it.
    const verdict = behave === failing ? "upstream-fault" : "cancelled";
    await expect.poll(() => world.log.filter((line) => line.includes('"event":"request"'))).toHaveLength(1);
    expect(world.log.join()).toContain(`"verdict":"${verdict}"`);
    // It is called off, not tried again.
    expect(world.upstream.received).toHaveLength(1);
  });

  it("in the middle of its own body: the upstream hears nothing", async () => {
    const socket = await opened(request(BODY.slice(0, 20), ["content-length: 1000"]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    leave(socket);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.upstream.received).toHaveLength(0);
  });
});

describe("a client that has said all, closes its direction, and listens", () => {
  const later = (behave: Behaviour): Behaviour => {
    return (req, res, body) => void setTimeout(() => behave(req, res, body), 700);
  };

  it("gets its JSON answer, late as it comes", async () => {
    world.upstream.behave = later(answer);
    const said = await talk(world.gateway.url, [request(), "FIN"]);
    expect(said.responses.map((one) => [one.status, one.body.toString()])).toEqual([[200, MESSAGE]]);
    expect(said.end).toBe("fin");
    expect(world.upstream.received).toHaveLength(1);
  });

  it("gets its stream, late as it comes", async () => {
    world.upstream.behave = later(answer);
    const said = await talk(world.gateway.url, [request(STREAM_BODY), "FIN"]);
    expect(said.responses.map((one) => [one.status, one.body.toString()])).toEqual([[200, FRAMES.join("")]]);
    expect(said.end).toBe("fin");
  });

  it("gets the rest of a stream that has a gap, with pings in it", async () => {
    world.upstream.behave = (_req, res) => {
      res.writeHead(200, SSE);
      for (const one of FRAMES.slice(0, 3)) res.write(one);
      setTimeout(() => res.end(FRAMES.slice(3).join("")), 700);
    };
    const said = await talk(world.gateway.url, [request(STREAM_BODY), 100, "FIN"]);
    const body = said.responses[0]?.body.toString() ?? "";
    expect(body.replaceAll(/event: ping\ndata: [^\n]*\n\n/g, "")).toBe(FRAMES.join(""));
    expect(said.end).toBe("fin");
  });

  // Tried again: a pause of the machine is late once, a fault each time.
  it("is closed at once when it has asked for nothing", { retry: 2 }, async () => {
    const said = await talk(world.gateway.url, ["FIN"]);
    expect(said.end).toBe("fin");
    expect(said.ms).toBeLessThan(200);
  });
});

function opened(bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(world.gateway.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.on("error", () => {});
    socket.resume();
  });
}
