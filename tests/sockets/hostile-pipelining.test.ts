// Several requests on one connection, good and bad: every answer comes whole and in its turn.

import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isOurError, stillAlive } from "./hostile.ts";
import { answer, FRAMES } from "./upstream.ts";
import { type Say, talk, type WireResponse } from "./wire.ts";
import { BODY, KEY, lines, request, STREAM_BODY, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  world.upstream.clear();
  world.upstream.behave = answer;
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

const GOOD = request();
const STREAM = request(STREAM_BODY);

/** Streams FRAMES with a pause before each. */
function slowly(ms: number): typeof answer {
  return (_req, res, body) => {
    if (!body.includes('"stream":true')) return answer(_req, res, body);
    res.writeHead(200, { "content-type": "text/event-stream" });
    sendFrames(res, ms, 0);
  };
}

function sendFrames(res: ServerResponse, ms: number, from: number): void {
  if (from === FRAMES.length) res.end();
  else {
    res.write(FRAMES[from]);
    setTimeout(() => sendFrames(res, ms, from + 1), ms);
  }
}

const statuses = (responses: readonly WireResponse[]) => responses.map((one) => one.status);

it("two good requests in one piece are answered both, in order", async () => {
  const models = lines(["GET /v1/models/first HTTP/1.1", "host: gateway", `x-api-key: ${KEY}`]);
  const said = await talk(world.gateway.url, [models + GOOD], { responses: 2 });
  expect(statuses(said.responses)).toEqual([200, 200]);
  expect(world.upstream.received.map((one) => one.method).sort()).toEqual(["GET", "POST"]);
});

it("a hundred good requests, cut anywhere, are answered all", async () => {
  const all = GOOD.repeat(100);
  const say: Say[] = [];
  for (let i = 0; i < all.length; i += 777) say.push(all.slice(i, i + 777));
  const said = await talk(world.gateway.url, say, { responses: 100 });
  expect(statuses(said.responses)).toEqual(Array.from({ length: 100 }, () => 200));
  expect(said.rest).toHaveLength(0);
});

describe("a good stream with something bad behind it", () => {
  const BAD: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
    ["garbage", "\x16\x03\x01garbage\r\n\r\n", 400],
    ["a request line that is none", "NONSENSE\r\n\r\n", 400],
    ["both lengths", request(BODY, ["content-length: 5", "transfer-encoding: chunked"]), 400],
    ["a bad header", request(BODY, ["x y: z"]), 400],
    ["headers of 64 KB", request(BODY, [`x: ${"a".repeat(70_000)}`]), 431],
    ["a bad chunk", request("zz\r\n", ["transfer-encoding: chunked"]), 400],
    ["bad JSON", request("{"), 400],
    ["an unknown path", request(BODY, [], "POST /nowhere HTTP/1.1"), 404],
    ["no key", lines(["GET /v1/models HTTP/1.1", "host: gateway"]), 401],
    ["CONNECT", lines(["CONNECT a:1 HTTP/1.1", "host: a:1"]), 405],
  ];
  for (const [how, first] of [
    ["in the same piece", []],
    ["while the stream runs", [100]],
  ] as const) {
    it.each(BAD)(`%s, ${how}`, async (_name, bytes, status) => {
      world.upstream.behave = slowly(40);
      const say = first.length === 0 ? [STREAM + bytes] : [STREAM, ...first, bytes];
      const said = await talk(world.gateway.url, say, { responses: 2 });
      expect(statuses(said.responses), said.bytes.toString("latin1")).toEqual([200, status]);
      const [stream, error] = said.responses as [WireResponse, WireResponse];
      expect(stream.body.toString()).toBe(FRAMES.join(""));
      isOurError(error, status);
      expect(said.rest).toHaveLength(0);
      expect(world.upstream.received).toHaveLength(1);
    });
  }
});

it("bad bytes that keep coming get one answer, behind the stream that still runs", async () => {
  world.upstream.behave = slowly(40);
  const said = await talk(world.gateway.url, [STREAM, 30, "BAD\r\n\r\n", 30, "WORSE\r\n\r\n", 30, GOOD, 400, GOOD], {
    responses: 3,
    withinMs: 1_500,
  });
  expect(statuses(said.responses)).toEqual([200, 400]);
  expect(said.responses[0]?.body.toString()).toBe(FRAMES.join(""));
  expect(said.rest).toHaveLength(0);
  expect(world.upstream.received).toHaveLength(1);
});

it("what follows a bad request is not acted on", async () => {
  const said = await talk(world.gateway.url, [`BAD\r\n\r\n${GOOD}`], { responses: 2, withinMs: 1_000 });
  expect(statuses(said.responses)).toEqual([400]);
  expect(world.upstream.received).toHaveLength(0);
});

it("a refusal with a whole body keeps the connection for the next request", async () => {
  const said = await talk(world.gateway.url, [request("{}") + GOOD], { responses: 2 });
  expect(statuses(said.responses)).toEqual([400, 200]);
  expect(world.upstream.received).toHaveLength(1);
});

it("a client that leaves calls off the request under way, and those behind it reach nobody", async () => {
  let gone = 0;
  world.upstream.behave = (_req, res) => {
    res.on("close", () => {
      gone += 1;
    });
  };
  const leaving = talk(world.gateway.url, [STREAM + GOOD + GOOD], { withinMs: 300 });
  await expect.poll(() => world.upstream.received.length).toBe(1);
  await leaving;
  await expect.poll(() => gone).toBe(1);
  expect(world.upstream.received).toHaveLength(1);
});

it("bytes behind a request whose answer closes the connection reach nobody", async () => {
  const said = await talk(world.gateway.url, [request(BODY, ["connection: close"]) + GOOD], { responses: 2 });
  expect(statuses(said.responses)).toEqual([200]);
  expect(said.end).toBe("fin");
});
