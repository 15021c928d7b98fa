// Two gateways on a real Redis: one limit for both, and none the poorer when Redis is killed.

import { expect, test } from "vitest";
import { twoGateways } from "./two-gateways.ts";

const both = twoGateways("limits: { rpm: 20 }, budget: { usd_per_day: 50 }", "tenancy: { instances: 2 }");

/** 1 while Redis is away for a gateway. */
async function mode(i: number): Promise<number> {
  const text = await (await fetch(`${both.gateways[i]?.adminUrl}/metrics`)).text();
  return Number(/^fairlead_limit_mode (\d)/m.exec(text)?.[1]);
}

test("one limit holds for both, and each tells when there is room", async () => {
  await expect.poll(() => mode(0)).toBe(0);
  await expect.poll(() => mode(1)).toBe(0);
  const statuses: number[] = [];
  let last: { readonly headers: Headers } | undefined;
  for (let i = 0; i < 30; i++) {
    const said = await both.send(i % 2, "Hi");
    statuses.push(said.status);
    last = said;
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(last?.headers.get("retry-after"))).toBeLessThanOrEqual(4);
});

test("Redis killed: no request fails or waits for it, and it is used again when it is back", async () => {
  await both.redis.kill();
  const tookMs: number[] = [];
  for (let i = 0; i < 40; i++) {
    const before = performance.now();
    const { status } = await both.send(i % 2, "Hi");
    tookMs.push(performance.now() - before);
    expect([200, 429]).toContain(status);
  }
  await expect.poll(() => mode(0), { timeout: 5_000 }).toBe(1);
  // All but those who had asked it when it died.
  expect(tookMs.filter((ms) => ms > 500).length).toBeLessThanOrEqual(2);
  await both.redis.start();
  await expect.poll(() => mode(0), { timeout: 15_000 }).toBe(0);
  await expect.poll(() => mode(1), { timeout: 15_000 }).toBe(0);
});
