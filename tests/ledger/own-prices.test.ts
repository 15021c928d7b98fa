// Prices of the configuration's own hold wherever money is counted, and a reload changes them everywhere.

import { expect, test } from "vitest";
import { ADMIN_KEY, startFollowed, startUpstream, upstreamYaml } from "../fleet/fleet-world.ts";

test("ledger, metrics, the list of requests and budgets count by the same prices", async () => {
  const upstream = await startUpstream("one");
  const prices = (input: number, budget: number) =>
    `upstreams:\n${upstreamYaml("one", upstream.url)}prices: [{ model: claude-test, input: ${input}, output: 10000 }]\ntenancy: { everyone: { budget: { usd_per_day: ${budget} } } }\n`;
  const followed = await startFollowed(prices(1_000, 10));
  const { gateway } = followed;
  const admin = async (path: string) => {
    const answer = await fetch(`${gateway.adminUrl}${path}`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    return answer.text();
  };
  const cost = async () => /fairlead_cost_usd_total\{[^}]*\} (\S+)/.exec(await admin("/metrics"))?.[1];
  try {
    // 5 in and 3 out: 5 * 1000 + 3 * 10000 = 35,000 millionths of a dollar.
    expect((await followed.ask()).status).toBe(200);
    expect(Number(await cost())).toBeCloseTo(0.035, 12);
    const { requests } = JSON.parse(await admin("/api/requests")) as { requests: Array<{ cost_usd: number }> };
    expect(requests[0]?.cost_usd).toBeCloseTo(0.035, 12);
    const booked = async () =>
      (JSON.parse(await admin("/api/usage?by=project")) as { lines: Array<{ pico_usd: string }> }).lines[0]?.pico_usd;
    await expect.poll(booked).toBe("35000000000");
    // From now on 5 * 9000 + 3 * 10000 = 75,000.
    followed.write(prices(9_000, 10));
    await followed.told("config-applied");
    expect((await followed.ask()).status).toBe(200);
    expect(Number(await cost())).toBeCloseTo(0.11, 12);
    await expect.poll(booked).toBe("110000000000");
    // By the list a model that nobody knows costs far less than a cent: these dollars are those of the configuration.
    followed.write(prices(9_000, 0.1));
    await followed.told("config-applied", 2);
    expect((await followed.ask()).status).toBe(429);
  } finally {
    await followed.close();
    await upstream.close();
  }
});
