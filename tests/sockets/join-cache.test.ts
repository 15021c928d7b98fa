// Answers shared and kept, over real sockets: a gateway before a simulator, and the client in process before the same.

import { createFetch } from "@fairlead/client";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { ADMIN, ADMIN_KEY } from "./world.ts";

const KEYS = ["fl-dev-0123456789abcdef0123", "fl-dev-of-another-project-0123"] as const;
const COMMON = { "content-type": "application/json", "anthropic-version": "2023-06-01" };
const UPSTREAM_KEY = "sk-upstream-secret-0123456789";

let simulator: Simulator;
let gateway: Gateway;
const log: string[] = [];

beforeAll(async () => {
  simulator = await startSimulator(
    {
      regions: [
        { name: "east", port: 0 },
        { name: "west", port: 0 },
      ],
      controlPort: 0,
      pace: "real",
    },
    systemRuntime(),
  );
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
  log.length = 0;
  const upstreams = simulator.regions.map(
    ({ name, url }) =>
      `  - { name: ${name}, platform: ${name}, account: ${name}, provider: anthropic, base_url: "${url}", api_key: "\${K}", proxy: none }`,
  );
  const text = `store: "memory:"\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\nmodels: [{ match: "*", upstreams: [east, west] }]\nupstreams:\n${upstreams.join("\n")}\nhedge: { enabled: true, after: 1s }\nprojects: [{ name: web, keys: [${KEYS[0]}] }, { name: other, keys: [${KEYS[1]}] }]\n`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: UPSTREAM_KEY });
  gateway = await startGateway(config, systemRuntime(), {
    adminKey: ADMIN_KEY,
    log: (lines) => log.push(...lines.trimEnd().split("\n")),
  });
});
afterEach(() => gateway.close());

async function seen(): Promise<number> {
  const response = await fetch(`${simulator.controlUrl}/_simulator/log`);
  return ((await response.json()) as { total: number }).total;
}

const message = (stream: boolean, more: object = {}) =>
  JSON.stringify({
    model: "claude-haiku-5-5",
    max_tokens: 12,
    stream,
    messages: [{ role: "user", content: "Tell me of lines and leads." }],
    ...more,
  });

type Door = (
  path: string,
  body: string | undefined,
  headers?: Record<string, string>,
  key?: number,
) => Promise<Response>;

const doors: { readonly [name: string]: () => Door } = {
  "the gateway":
    () =>
    (path, body, headers, key = 0) =>
      fetch(`${gateway.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "x-api-key": KEYS[key] ?? "", ...COMMON, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  "the client": () => {
    const client = createFetch();
    return (path, body, headers, key = 0) =>
      client(`${simulator.regions[0]?.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "x-api-key": `sk-ant-key-${key}`, ...COMMON, ...headers },
        ...(body === undefined ? {} : { body }),
      });
  },
};

describe.each(Object.keys(doors))("%s", (name) => {
  let ask: Door;
  beforeEach(() => {
    ask = (doors[name] as () => Door)();
  });

  it("joins a stream with the same key, gives all the same bytes, and asks the upstream once", async () => {
    const headers = { "idempotency-key": "one" };
    const answers = await Promise.all([1, 2, 3].map(() => ask("/v1/messages", message(true), headers)));
    const texts = await Promise.all(answers.map((one) => one.text()));
    expect(texts[0]).toContain("message_stop");
    expect(new Set(texts).size).toBe(1);
    expect(await seen()).toBe(1);
    expect(answers.map((one) => one.headers.get("fairlead-attempts")).sort()).toEqual(["0", "0", "1"]);
    const other = await ask("/v1/messages", message(true, { max_tokens: 13 }), headers);
    expect([other.status, other.headers.get("fairlead-attempts")]).toEqual([200, "1"]);
    expect(await other.text()).toContain("message_stop");
    expect(await seen()).toBe(2);
    // Another tenant may name its requests as it likes.
    expect((await ask("/v1/messages", message(false), headers, 1)).status).toBe(200);
    expect(await seen()).toBe(3);
  });

  it("goes on for a client that left, so that its repeat finds the answer", async () => {
    const headers = { "x-idempotency-key": "two" };
    const leaving = await ask("/v1/messages", message(true), headers);
    await leaving.body?.cancel();
    const again = await ask("/v1/messages", message(true), headers);
    expect(await again.text()).toContain("message_stop");
    expect(await seen()).toBe(1);
  });

  it("creates one batch for a request and its repeat", async () => {
    const params = { model: "claude-haiku-5-5", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] };
    const body = JSON.stringify({ requests: [{ custom_id: "a", params }] });
    const create = () => ask("/v1/messages/batches", body, { "idempotency-key": "batch" });
    const both = await Promise.all([create(), create()]);
    const ids = await Promise.all(both.map(async (one) => ((await one.json()) as { id: string }).id));
    expect(ids[0]).toMatch(/^msgbatch_/);
    expect(ids[1]).toBe(ids[0]);
    expect(await seen()).toBe(1);
  });

  it("counts tokens once, and tells hit, miss, off and age", async () => {
    const body = JSON.stringify({ model: "claude-haiku-5-5", messages: [{ role: "user", content: "How many?" }] });
    const of = (one: Response) => one.headers.get("fairlead-cache");
    const first = await ask("/v1/messages/count_tokens", body);
    const second = await ask("/v1/messages/count_tokens", JSON.stringify(JSON.parse(body), null, 2));
    const off = await ask("/v1/messages/count_tokens", body, { "fairlead-cache": "off" });
    const stranger = await ask("/v1/messages/count_tokens", body, {}, 1);
    expect([first, second, off, stranger].map(of)).toEqual(["miss", "hit", "off", "miss"]);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get("fairlead-cache-age")).toBe("0");
    expect(first.headers.get("fairlead-cache-age")).toBeNull();
    expect(await seen()).toBe(3);
  });

  it("replays a stream byte for byte when asked to", async () => {
    const headers = { "fairlead-cache": "use" };
    const first = await ask("/v1/messages", message(true), headers);
    const text = await first.text();
    const second = await ask("/v1/messages", message(true), headers);
    expect([first.headers.get("fairlead-cache"), second.headers.get("fairlead-cache")]).toEqual(["miss", "hit"]);
    expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(await second.text()).toBe(text);
    const plain = await ask("/v1/messages", message(true));
    expect(plain.headers.get("fairlead-cache")).toBe("off");
    await plain.text();
    expect(await seen()).toBe(2);
  });

  it("lists models from memory", async () => {
    const first = await ask("/v1/models", undefined);
    const second = await ask("/v1/models", undefined);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get("fairlead-cache")).toBe("hit");
    expect(await seen()).toBe(1);
  });
});

it("the admin address tells what was joined, kept and spent", async () => {
  const ask = (doors["the gateway"] as () => Door)();
  const headers = { "idempotency-key": "two" };
  const twice = await Promise.all([1, 2].map(() => ask("/v1/messages", message(false), headers)));
  for (const one of twice) await one.text();
  for (let i = 0; i < 3; i++) await (await ask("/v1/models", undefined)).text();
  const state = (await (await fetch(`${gateway.adminUrl}/api/state`, { headers: ADMIN })).json()) as Record<
    string,
    object
  >;
  expect(state.joins).toMatchObject({ led: 2, joined: 1, alone: 0 });
  expect(state.cache).toMatchObject({ hits: 2, misses: 1, entries: 1 });
  expect(state.hedges).toEqual({ sent: 0, won: 0, denied: 0 });
  expect(state.spend).toMatchObject([{ tenant: "web", extra: 0, denied: 0 }]);
  expect(state).not.toHaveProperty("limits");
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  expect(metrics).toContain('fairlead_joins_total{how="joined"} 1\n');
  expect(metrics).toContain('fairlead_cache_lookups_total{result="hits"} 2\n');
  expect(metrics).toMatch(/fairlead_spend_usd\{project="web",kind="ordinary"\} [\d.e-]*[1-9]\n/);
});

it("a hit is written down at no cost", async () => {
  const ask = (doors["the gateway"] as () => Door)();
  for (let i = 0; i < 2; i++) await (await ask("/v1/messages", message(false), { "fairlead-cache": "use" })).text();
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const tokens = /fairlead_tokens_total\{[^}]*kind="output"\} (\d+)/.exec(metrics)?.[1];
  const answer = (await (await ask("/v1/messages", message(false), { "fairlead-cache": "use" })).json()) as {
    usage: { output_tokens: number };
  };
  expect(Number(tokens)).toBe(answer.usage.output_tokens);
  await gateway.close();
  const lines = log.map((line) => JSON.parse(line) as { reused?: string; event: string });
  expect(lines.filter((one) => one.event === "request").map((one) => one.reused)).toEqual([
    undefined,
    "cache",
    "cache",
  ]);
});

describe("a second attempt to another platform, when the first shows no sign of life", () => {
  beforeEach(async () => {
    const fault = { kind: "headers-never", filter: { region: "east" } };
    const made = await fetch(`${simulator.controlUrl}/_simulator/faults`, {
      method: "POST",
      body: JSON.stringify(fault),
    });
    expect(made.status, await made.text()).toBeLessThan(300);
  });

  it("by the gateway", async () => {
    const ask = (doors["the gateway"] as () => Door)();
    const answer = await ask("/v1/messages", message(true), { "fairlead-trace": "1" });
    expect(answer.headers.get("fairlead-upstream")).toBe("west");
    expect(answer.headers.get("fairlead-trace")).toContain("hedged west no sign of life");
    expect(await answer.text()).toContain("message_stop");
  });

  it("by the client, and only when it is asked to", async () => {
    const endpoints = simulator.regions.map(({ name, url }) => ({ name, url, platform: name, apiKey: "sk-ant-key" }));
    const init = { method: "POST", headers: COMMON, body: message(true) };
    const url = `${simulator.regions[0]?.url}/v1/messages`;
    const hedging = createFetch({ endpoints, hedge: { enabled: true, after: "1s" } });
    const answer = await hedging(url, init);
    expect([answer.headers.get("fairlead-upstream"), answer.headers.get("fairlead-attempts")]).toEqual(["west", "2"]);
    expect(await answer.text()).toContain("message_stop");
    expect(hedging.snapshot().sinceStart.byUpstream).toMatchObject({ east: { cancelled: 1 }, west: { ok: 1 } });
    expect(hedging.snapshot().hedges).toEqual({ sent: 1, won: 1, denied: 0 });
    const plain = createFetch({ endpoints });
    const left = AbortSignal.timeout(3_000);
    await expect(plain(url, { ...init, signal: left })).rejects.toThrow();
    expect(plain.snapshot().sinceStart.byUpstream).toEqual({ east: { cancelled: 1 } });
  });
});
