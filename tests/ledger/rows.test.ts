// Which attempts have a row: repeats and second attempts have one each, joined and kept answers none. And in each of these
// worlds the budget of the project has been charged what its rows cost, no more and no less.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { PICO_PER_USD } from "@fairlead/protocol";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import type { LedgerRow } from "@fairlead/stores";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef";
let folder: string;
let simulator: Simulator;
let gateway: Gateway;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-rows-"));
  const regions = [
    { name: "east", port: 0 },
    { name: "west", port: 0 },
  ];
  simulator = await startSimulator({ controlPort: 0, regions, seed: "rows", pace: "instant" }, systemRuntime());
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: string): Promise<void> {
  const upstreams = simulator.regions.map(
    ({ name, url }) => `{ name: ${name}, provider: anthropic, base_url: "${url}", api_key: "\${UP}", proxy: none }`,
  );
  const text = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [${upstreams.join(", ")}]\nstore: "sqlite:./l.db"\nprojects: [{ name: web, keys: [${KEY}], budget: { usd_per_day: 100 } }]\nretry: { attempts: 3 }\n${more}`;
  const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-up-0123456789abcdef" });
  gateway = await startGateway(config, systemRuntime(), { adminKey: ADMIN_KEY, log: () => {} });
}

async function ask(path = "/v1/messages", more: object = {}, headers: Record<string, string> = {}): Promise<number> {
  const body = { model: "claude-opus-5", max_tokens: 50, messages: [{ role: "user", content: "Hi" }], ...more };
  const answer = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

/** What the admin side says that the project has spent today, millionths of a dollar: it tells no finer. */
async function spent(): Promise<number> {
  const answer = await fetch(`${gateway.adminUrl}/api/limits`, { headers: { "x-api-key": ADMIN_KEY } });
  const { limits } = (await answer.json()) as { limits: readonly { used: number }[] };
  return Math.round((limits[0]?.used ?? Number.NaN) * 1e6);
}

/** Ends the gateway, which ships all that waits, and reads the rows, the oldest first. `gone`: its admin address is not there. */
async function rows(gone = false): Promise<readonly LedgerRow[]> {
  const charged = gone ? undefined : await spent();
  await gateway.close();
  const stores = openSqlite(join(folder, "l.db"), systemRuntime().clock);
  try {
    const all = [...(await stores.ledger.rows({}, 1_000)).rows].reverse();
    const cost = all.reduce((sum, { picoUsd }) => sum + picoUsd, 0);
    if (!gone) expect(charged).toBe(Math.round((cost / PICO_PER_USD) * 1e6));
    return all;
  } finally {
    await stores.close();
  }
}

test("each repeat is an attempt of its own, with its number, and what was refused cost nothing", async () => {
  await start("");
  simulator.faults.add({ kind: "overloaded", pattern: { times: 2 } });
  expect(await ask("/v1/messages", { stream: true })).toBe(200);
  const all = await rows();
  expect(all.map(({ attempt, ended, verdict }) => [attempt, ended, verdict])).toEqual([
    [1, "failed", "overloaded"],
    [2, "failed", "overloaded"],
    [3, "whole", "ok"],
  ]);
  expect(new Set(all.map((row) => row.requestId)).size).toBe(1);
  expect(all.map((row) => row.picoUsd > 0)).toEqual([false, false, true]);
});

test("an answer that is billed and lost, and its repeat, are both in the ledger", async () => {
  await start("");
  simulator.faults.add({ kind: "reset", phase: "after-message-start", pattern: "once" });
  expect(await ask("/v1/messages", { stream: true })).toBe(200);
  const all = await rows();
  expect(all.map(({ ended, estimated }) => [ended, estimated])).toEqual([
    ["cut", true],
    ["whole", false],
  ]);
  // The prompt was told before it broke: both pay for it.
  expect(all[0]?.inputTokens).toBe(all[1]?.inputTokens);
  expect(all[0]?.picoUsd).toBeGreaterThan(0);
});

test("the loser of a race is dropped, and the winner whole", async () => {
  await start("hedge: { enabled: true, after: 1s }");
  simulator.faults.add({ kind: "headers-never", filter: { region: "east" } });
  expect(await ask("/v1/messages", { stream: true })).toBe(200);
  const ended = (await rows()).map((row) => [row.upstream, row.ended]).sort();
  expect(ended).toEqual([
    ["east", "dropped"],
    ["west", "whole"],
  ]);
}, 20_000);

test("a kept answer and a joined one have no row; other routes have one without tokens", async () => {
  await start("");
  const body = { temperature: 0, stream: false };
  await ask("/v1/messages", body, { "fairlead-cache": "use" });
  await ask("/v1/messages", body, { "fairlead-cache": "use" });
  await Promise.all([1, 2, 3].map(() => ask("/v1/messages", { stream: true }, { "idempotency-key": "same" })));
  await ask("/v1/messages/count_tokens");
  await fetch(`${gateway.url}/v1/models`, { headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01" } }).then(
    (a) => a.text(),
  );
  const all = await rows();
  const seen = simulator.bills().bills.length;
  expect(all.filter((row) => row.route === "messages")).toHaveLength(seen);
  expect(
    all
      .filter((row) => row.route !== "messages")
      .map(({ route, inputTokens, picoUsd, estimated }) => [route, inputTokens, picoUsd, estimated])
      .sort(),
  ).toEqual([
    ["count_tokens", 0, 0, false],
    ["models", 0, 0, false],
  ]);
  expect(seen).toBeLessThan(5);
});

test("of a client that leaves, the row and the budget have what had come", async () => {
  await start("");
  simulator.faults.add({ kind: "stall", phase: "mid-text" });
  const body = { model: "claude-opus-5", max_tokens: 2_000, stream: true, messages: [{ role: "user", content: "Hi" }] };
  const leaving = new AbortController();
  const answer = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  await answer.body?.getReader().read();
  leaving.abort();
  await expect.poll(() => simulator.bills().bills[0]?.state, { timeout: 5_000 }).toBe("aborted");
  const [row] = await rows();
  expect(row).toMatchObject({ ended: "client-left", estimated: true });
  expect(row?.picoUsd).toBeGreaterThan(0);
}, 20_000);

test("of a batch, each result has a row, and the budget has them when they have come", async () => {
  await start("");
  const headers = { "x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json" };
  const params = { model: "claude-opus-5", max_tokens: 50, messages: [{ role: "user", content: "Hi" }] };
  const requests = ["a", "b", "c"].map((custom_id) => ({ custom_id, params }));
  const at = `${gateway.url}/v1/messages/batches`;
  const made = await fetch(at, { method: "POST", headers, body: JSON.stringify({ requests }) });
  const { id } = (await made.json()) as { id: string };
  const results = async () => (await fetch(`${at}/${id}/results`, { headers })).text();
  await expect.poll(async () => (await results()).includes("succeeded"), { timeout: 10_000 }).toBe(true);
  await results();
  await expect.poll(spent, { timeout: 20_000, interval: 500 }).toBeGreaterThan(0);
  expect((await rows()).filter(({ route }) => route === "batch_result")).toHaveLength(3);
}, 40_000);

test("what is cut off at the end of the grace time is dropped by us, and no client left", async () => {
  await start("drain: { grace: 100ms }");
  simulator.faults.add({ kind: "stall", phase: "mid-text" });
  const asked = ask("/v1/messages", { stream: true, max_tokens: 2_000 }).catch(() => 0);
  await expect.poll(() => simulator.bills().bills.length, { timeout: 5_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await gateway.drain();
  await asked;
  expect((await rows(true)).map(({ ended, estimated }) => [ended, estimated])).toEqual([["dropped", true]]);
}, 20_000);
