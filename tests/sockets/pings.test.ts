// Silence towards a client: pings of our own between frames, a status that is committed early, and what follows it.

import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { answer, type Behaviour, FRAMES, MESSAGE } from "./upstream.ts";
import { type Talk, talk } from "./wire.ts";
import { request, STREAM_BODY, startWorld, type World } from "./world.ts";

/** `stream.ping` of this gateway, its shortest; silence is looked at twice a second. */
const MORE = "stream: { ping: 1s }\nretry: { attempts: 1 }\n";
const SSE = { "content-type": "text/event-stream" };
const PING = /event: ping\ndata: \{"type": ?"ping"\}\n\n/g;

let world: World;
beforeAll(async () => {
  world = await startWorld(MORE);
});
afterEach(() => {
  world.upstream.behave = answer;
});
afterAll(() => world.close());

const ask = (headers: readonly string[] = [], path = "/v1/messages"): Promise<Talk> =>
  talk(world.gateway.url, [request(STREAM_BODY, headers, `POST ${path} HTTP/1.1`)], { withinMs: 12_000 });

/** Says the pieces with pauses (milliseconds) between them. */
function saying(pieces: ReadonlyArray<string | number>): Behaviour {
  return (_req, res) => {
    res.writeHead(200, SSE);
    res.flushHeaders();
    say(res, pieces);
  };
}

function say(res: ServerResponse, pieces: ReadonlyArray<string | number>): void {
  const [first, ...rest] = pieces;
  if (first === undefined) res.end();
  else if (typeof first === "number") setTimeout(() => say(res, rest), first);
  else res.write(first, () => say(res, rest));
}

const START = FRAMES.slice(0, 3);
const END = FRAMES.slice(3);
const bodyOf = (said: Talk) => said.responses[0]?.body.toString() ?? "";

/** Where in a text pings stand, as how much of the rest is before each. */
function pingsIn(text: string): { rest: string; at: number[] } {
  const at: number[] = [];
  let cut = 0;
  const rest = text.replace(PING, (found, offset: number) => {
    at.push(offset - cut);
    cut += found.length;
    return "";
  });
  return { rest, at };
}

describe("a silent gap", () => {
  it("between two frames gets pings, and nothing else changes", async () => {
    world.upstream.behave = saying([...START, 2_800, ...END]);
    const said = await ask();
    const { rest, at } = pingsIn(bodyOf(said));
    expect(rest).toBe(FRAMES.join(""));
    expect(at.length).toBeGreaterThanOrEqual(1);
    expect(at.length).toBeLessThanOrEqual(3);
    for (const one of at) expect(one).toBe(START.join("").length);
    expect(said.responses[0]?.headers.get("fairlead-stream")).toBe("live");
  });

  it.each([
    ["within a name", 10],
    ["within the data", 40],
    ["between the lines", (FRAMES[3] as string).indexOf("\n") + 1],
    ["between the two line ends", (FRAMES[3] as string).length - 1],
  ])("%s of a frame: the frame is held back, the ping stands before it", async (_name, cut) => {
    const [broken = "", ...others] = END;
    world.upstream.behave = saying([...START, broken.slice(0, cut), 2_300, broken.slice(cut), ...others]);
    const { rest, at } = pingsIn(bodyOf(await ask()));
    expect(rest).toBe(FRAMES.join(""));
    expect(at.length).toBeGreaterThanOrEqual(1);
    for (const one of at) expect(one).toBe(START.join("").length);
  });

  it("in a chat completion gets comments", async () => {
    const data = ['data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n', "data: [DONE]\n\n"] as const;
    world.upstream.behave = saying([data[0], 2_300, data[1]]);
    const body = bodyOf(await ask([], "/v1/chat/completions"));
    expect(body).toMatch(/: ping\n\n/);
    expect(body.replaceAll(": ping\n\n", "")).toBe(data.join(""));
  });

  it("a busy stream gets none", async () => {
    world.upstream.behave = saying([...START, 700, END[0] as string, 700, ...END.slice(1)]);
    expect(bodyOf(await ask())).toBe(FRAMES.join(""));
  });
});

describe("a status that is committed before the upstream has answered", () => {
  const late = (behave: Behaviour): Behaviour => {
    return (req, res, body) => void setTimeout(() => behave(req, res, body), 2_300);
  };

  it("then a whole stream", async () => {
    world.upstream.behave = late(answer);
    const said = await ask();
    const { rest, at } = pingsIn(bodyOf(said));
    expect(said.responses.map((one) => one.status)).toEqual([200]);
    expect(said.responses[0]?.headers.get("fairlead-stream")).toBe("early");
    expect(said.responses[0]?.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(rest).toBe(FRAMES.join(""));
    expect(at.every((one) => one === 0)).toBe(true);
    expect(at.length).toBeGreaterThanOrEqual(1);
  });

  const ERROR = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
  const fails: ReadonlyArray<readonly [name: string, behave: Behaviour, type: string]> = [
    [
      "the upstream's own error",
      (_req, res) => res.writeHead(529, { "content-type": "application/json" }).end(ERROR),
      "overloaded_error",
    ],
    ["a connection that is cut", (req) => req.socket.destroy(), "api_error"],
    [
      "an error in the stream before content",
      saying([FRAMES[0] as string, `event: error\ndata: ${ERROR}\n\n`]),
      "overloaded_error",
    ],
    [
      "an answer that is no stream",
      (_req, res) => res.writeHead(200, { "content-type": "application/json" }).end(MESSAGE),
      "api_error",
    ],
  ];
  it.each(fails)("then %s: told as an error event, and the stream ends", async (_name, behave, type) => {
    world.upstream.behave = late(behave);
    const said = await ask();
    expect(said.responses.map((one) => [one.status, one.whole])).toEqual([[200, true]]);
    const { rest } = pingsIn(bodyOf(said));
    const told = /^event: error\ndata: (\{[^\n]*\})\n\n$/.exec(rest)?.[1];
    expect(told, rest).toBeDefined();
    expect((JSON.parse(told ?? "{}") as { error: { type: string } }).error.type).toBe(type);
  });

  it("a request that is not streamed gets no bytes before its answer", async () => {
    world.upstream.behave = late(answer);
    const said = await talk(world.gateway.url, [request()]);
    expect(said.responses.map((one) => one.body.toString())).toEqual([MESSAGE]);
    expect(said.interim).toEqual([]);
  });
});
