// What the admin API of a running gateway tells of limits: all that are set, used or not, in the file and in the store.

import { afterEach, describe, expect, test } from "vitest";
import { startRedis } from "../stores/redis-server.ts";
import { ADMIN, BODY, KEY, startWorld, type World } from "./world.ts";

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

interface Line {
  readonly scope: string;
  readonly project: string | null;
  readonly key: string | null;
  readonly models: string | null;
  readonly dimension: string;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resets_at: string | null;
}

const MORE = `
  - name: shop
    keys: [{ ref: fl-dev-shop0123456789abcdef, name: ci, limits: { streams: 2 } }]
    limits: { rpm: 2, itpm: 100000 }
    budget: { usd_per_day: 5 }
    models: [{ match: "claude-opus-*", limits: { otpm: 8000 } }]
tenancy: { everyone: { budget: { usd_per_month: 100 } } }`;

async function api(path: string, method = "GET", body?: object): Promise<{ status: number; body: unknown }> {
  const sent = await fetch(`${world?.gateway.adminUrl}${path}`, {
    method,
    headers: { ...ADMIN, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: sent.status, body: await sent.json() };
}

async function lines(query = ""): Promise<readonly Line[]> {
  const { status, body } = await api(`/api/limits${query}`);
  expect(status).toBe(200);
  return (body as { limits: Line[] }).limits;
}

const send = (key: string) =>
  fetch(`${world?.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: BODY,
  });

describe("GET /api/limits", () => {
  test("lists every limit of the file before anybody has used it, and what is used of it afterwards", async () => {
    world = await startWorld(MORE);
    const named = (all: readonly Line[]) =>
      all.map((one) => [one.project, one.key === null ? "" : "key", one.models, one.dimension, one.limit, one.used]);
    const before = named(await lines());
    expect(before).toHaveLength(6);
    expect(before).toEqual(
      expect.arrayContaining([
        [null, "", null, "usd_per_month", 100, 0],
        ["shop", "", null, "requests", 2, 0],
        ["shop", "", null, "input_tokens", 100_000, 0],
        ["shop", "", null, "usd_per_day", 5, 0],
        ["shop", "", "claude-opus-*", "output_tokens", 8_000, 0],
        ["shop", "key", null, "streams", 2, 0],
      ]),
    );
    expect((await send("fl-dev-shop0123456789abcdef")).status).toBe(200);
    const rpm = (await lines("?project=shop")).find(({ dimension }) => dimension === "requests");
    expect(rpm?.used).toBeCloseTo(1, 1);
    expect(Date.parse(rpm?.resets_at ?? "")).toBeGreaterThan(Date.now());
    expect(await lines("?project=web")).toEqual([]);
  });

  test("lists those of the store, and a project's reader sees its own and nothing of others", async () => {
    world = await startWorld(MORE);
    await api("/api/projects", "POST", { name: "app", limits: { rpm: 7 } });
    const made = await api("/api/keys", "POST", {
      project: "app",
      name: "reader",
      scopes: ["messages", "admin:read"],
      budget: { usd_per_hour: 0.5 },
    });
    const { key, secret } = made.body as { key: { id: string }; secret: string };
    const seen = await fetch(`${world.gateway.adminUrl}/api/limits`, { headers: { "x-api-key": secret } });
    const { limits, total } = (await seen.json()) as { limits: Line[]; total: number };
    expect(total).toBe(2);
    expect(limits.map((one) => [one.project, one.key, one.dimension, one.limit])).toEqual(
      expect.arrayContaining([
        ["app", null, "requests", 7],
        ["app", key.id, "usd_per_hour", 0.5],
      ]),
    );
    expect((await lines()).length).toBe(8);
    await api(`/api/keys/${key.id}/revoke`, "POST");
    expect((await lines()).length).toBe(7);
    expect((await send(KEY)).status).toBe(200);
  });
});

test.each(["alone", "over Redis"])("a budget that is spent and raised lets the next request go, %s", async (how) => {
  const redis = how === "alone" ? undefined : await startRedis();
  try {
    world = await startWorld(redis === undefined ? MORE : `${MORE}\nredis: ${redis.url}`);
    await api("/api/projects", "POST", { name: "app", budget: { usd_per_day: 0.000001 } });
    const made = await api("/api/keys", "POST", { project: "app", name: "ci" });
    const { secret } = made.body as { secret: string };
    // One that is larger than all of a budget goes while nothing is spent.
    await (await send(secret)).text();
    // The store itself is asked again by then.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await send(secret)).status).toBe(429);
    const raised = await api("/api/projects/app", "PATCH", { budget: { usd_per_day: 5 } });
    expect(raised.status).toBe(200);
    expect((await send(secret)).status).toBe(200);
  } finally {
    await world?.close();
    world = undefined;
    await redis?.remove();
  }
});
