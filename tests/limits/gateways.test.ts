// Two gateways on a real Redis: one limit for both, and none the poorer when Redis is killed.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../sockets/upstream.ts";
import { type RedisServer, startRedis } from "../stores/redis-server.ts";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const gateways: Gateway[] = [];
let redis: RedisServer;
let upstream: Upstream;

beforeAll(async () => {
  redis = await startRedis();
  upstream = await startUpstream();
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
redis: ${redis.url}
tenancy: { instances: 2 }
upstreams: [{ name: fake, provider: anthropic, base_url: "${upstream.url}", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [${KEY}], limits: { rpm: 20 }, budget: { usd_per_day: 50 } }]
`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-upstream-secret-0123456789" });
  for (let i = 0; i < 2; i++) gateways.push(await startGateway(config, systemRuntime(), { log() {} }));
});

afterAll(async () => {
  for (const one of gateways) await one.close();
  await upstream.close();
  await redis.remove();
});

async function send(i: number): Promise<Response> {
  const response = await fetch(`${gateways[i]?.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json" },
    body: '{"model":"claude-haiku-4-5","max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}',
  });
  await response.arrayBuffer();
  return response;
}

/** 1 while Redis is away for a gateway. */
async function mode(i: number): Promise<number> {
  const text = await (await fetch(`${gateways[i]?.adminUrl}/metrics`)).text();
  return Number(/^fairlead_limit_mode (\d)/m.exec(text)?.[1]);
}

test("one limit holds for both, and each tells when there is room", async () => {
  await expect.poll(() => mode(0)).toBe(0);
  await expect.poll(() => mode(1)).toBe(0);
  const statuses: number[] = [];
  let last: Response | undefined;
  for (let i = 0; i < 30; i++) {
    last = await send(i % 2);
    statuses.push(last.status);
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(last?.headers.get("retry-after"))).toBeLessThanOrEqual(4);
});

test("Redis killed: no request fails or waits for it, and it is used again when it is back", async () => {
  await redis.kill();
  const tookMs: number[] = [];
  for (let i = 0; i < 40; i++) {
    const before = performance.now();
    const { status } = await send(i % 2);
    tookMs.push(performance.now() - before);
    expect([200, 429]).toContain(status);
  }
  await expect.poll(() => mode(0), { timeout: 5_000 }).toBe(1);
  // All but those who had asked it when it died.
  expect(tookMs.filter((ms) => ms > 500).length).toBeLessThanOrEqual(2);
  await redis.start();
  await expect.poll(() => mode(0), { timeout: 15_000 }).toBe(0);
  await expect.poll(() => mode(1), { timeout: 15_000 }).toBe(0);
});
