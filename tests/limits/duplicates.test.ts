// Duplicates at two gateways on a real Redis: refused at the other one too, and never for want of Redis.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, startUpstream, type Upstream } from "../sockets/upstream.ts";
import { type RedisServer, startRedis } from "../stores/redis-server.ts";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const gateways: Gateway[] = [];
let redis: RedisServer;
let upstream: Upstream;
let calls = 0;
/** The next answers wait for it. */
let held: Promise<void> | undefined;

beforeAll(async () => {
  redis = await startRedis();
  upstream = await startUpstream(async (req, res, body) => {
    calls += 1;
    await held;
    if (!body.includes("fail")) return answer(req, res, body);
    res.writeHead(400, { "content-type": "application/json" });
    res.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
  });
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
redis: ${redis.url}
upstreams: [{ name: fake, provider: anthropic, base_url: "${upstream.url}", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [${KEY}], duplicates: { window: 2s, answer: refuse } }]
`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-upstream-secret-0123456789" });
  for (let i = 0; i < 2; i++) gateways.push(await startGateway(config, systemRuntime(), { log() {} }));
});

afterAll(async () => {
  for (const one of gateways) await one.close();
  await upstream.close();
  await redis.remove();
});

async function send(i: number, content: string): Promise<readonly [status: number, text: string]> {
  const response = await fetch(`${gateways[i]?.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-haiku-4-5", max_tokens: 16, messages: [{ role: "user", content }] }),
  });
  return [response.status, await response.text()];
}

/** A new request to one gateway, and then to the other. */
async function twice(): Promise<readonly number[]> {
  const content = `new ${performance.now()}`;
  return [(await send(0, content))[0], (await send(1, content))[0]];
}

test("of twenty at once one goes out, wherever they arrive; after its window it may come again", async () => {
  // The line to Redis is there, and its scripts are known.
  await expect.poll(twice).toEqual([200, 409]);
  const before = calls;
  let release = () => {};
  held = new Promise((resolve) => {
    release = resolve;
  });
  const all = Array.from({ length: 20 }, (_, i) => send(i % 2, "same"));
  // Nineteen are refused while the first is under way.
  const early = await Promise.all(all.map((one) => Promise.race([one.then(([status]) => status), wait(1_000)])));
  held = undefined;
  release();
  expect(early.filter((status) => status === 409)).toHaveLength(19);
  expect((await Promise.all(all)).filter(([status]) => status === 200)).toHaveLength(1);
  expect(calls).toBe(before + 1);
  const [status, text] = await send(0, "same");
  expect([status, (await send(1, "same"))[0]]).toEqual([409, 409]);
  expect(text).toContain("was answered a moment ago");
  await wait(2_100);
  expect((await send(1, "same"))[0]).toBe(200);
});

test("one that failed may go to the other at once", async () => {
  expect((await send(0, "fail"))[0]).toBe(400);
  expect((await send(1, "fail"))[0]).toBe(400);
});

test("Redis killed: each knows its own, and nobody waits", async () => {
  await redis.kill();
  expect((await send(0, "alone"))[0]).toBe(200);
  expect((await send(0, "alone"))[0]).toBe(409);
  expect((await send(1, "alone"))[0]).toBe(200);
  await redis.start();
  await expect.poll(twice, { timeout: 15_000 }).toEqual([200, 409]);
});

function wait(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
