// Expect: the client holds its body back until it is told to go on, or refused.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isOurError, play, stillAlive } from "./hostile.ts";
import { talk } from "./wire.ts";
import { BODY, lines, request, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld("limits: { body_timeout: 1s }\n");
});
beforeEach(() => world.upstream.clear());
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

const LENGTH = `content-length: ${BODY.length}`;
const head = (headers: readonly string[], line?: string) => request("", ["expect: 100-continue", ...headers], line);

it("the usual way: 100, then the body, then the answer", async () => {
  const said = await talk(world.gateway.url, [head([LENGTH]), 100, BODY]);
  expect(said.interim).toEqual([100]);
  expect(said.responses.map((one) => one.status)).toEqual([200]);
  expect(world.upstream.received[0]?.body.toString()).toBe(BODY);
  expect(Buffer.concat(world.upstream.raw).toString()).not.toMatch(/expect/i);
});

it("a body that does not wait for the 100", async () => {
  const said = await talk(world.gateway.url, [head([LENGTH]) + BODY]);
  expect(said.responses.map((one) => one.status)).toEqual([200]);
});

it("no body to wait for", async () => {
  const said = await talk(world.gateway.url, [head(["content-length: 0"])]);
  expect(said.interim).toEqual([]);
  isOurError(said.responses[0] ?? failed(), 400);
});

const EARLY: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
  ["too large", head(["content-length: 41943040"]), 413],
  ["no key", lines(["POST /v1/messages HTTP/1.1", "host: gateway", "expect: 100-continue", LENGTH]), 401],
  ["an unknown path", head([LENGTH], "POST /nowhere HTTP/1.1"), 404],
  ["a wrong method", head([LENGTH], "PUT /v1/messages HTTP/1.1"), 405],
  ["encoded", head([LENGTH, "content-encoding: gzip"]), 415],
];
describe("refused before the body is sent", () => {
  // Tried again: a pause of the machine is late once, a fault each time.
  it.each(EARLY)("%s: no 100, an answer at once", { retry: 2 }, async (_name, bytes, status) => {
    const said = await talk(world.gateway.url, [bytes]);
    expect(said.interim).toEqual([]);
    expect(said.responses.map((one) => one.status)).toEqual([status]);
    isOurError(said.responses[0] ?? failed(), status);
    expect(said.responses[0]?.headers.get("connection")).toBe("close");
    expect(said.ms).toBeLessThan(500);
    expect(world.upstream.received).toHaveLength(0);
  });

  it("a client that sends its body anyway is not reset before it has the answer", async () => {
    const said = await talk(world.gateway.url, [head(["content-length: 41943040"]), 50, Buffer.alloc(8_388_608, 32)]);
    expect(said.responses.map((one) => one.status)).toEqual([413]);
    expect(said.end).not.toBe("reset");
  });
});

it("a client that is told to go on and does not is refused", async () => {
  const said = await talk(world.gateway.url, [head([LENGTH])]);
  expect(said.interim).toEqual([100]);
  isOurError(said.responses[0] ?? failed(), 408);
});

describe("other expectations", () => {
  it.each(["200-ok", "100-continued", "everything", "101-continue"])("%s", async (what) => {
    await play(world, { name: what, say: [request(BODY, [`expect: ${what}`])], status: 417 });
  });
});

function failed(): never {
  throw new Error("there was no answer");
}
