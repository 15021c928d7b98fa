// Which attempts have a row: repeats and second attempts have one each, joined and kept answers none.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import type { LedgerRow } from "@fairlead/stores";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
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
  const text = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [${upstreams.join(", ")}]\nstore: "sqlite:./l.db"\nprojects: [{ name: web, keys: [${KEY}] }]\nretry: { attempts: 3 }\n${more}`;
  const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-up-0123456789abcdef" });
  gateway = await startGateway(config, systemRuntime(), { log: () => {} });
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

/** Ends the gateway, which ships all that waits, and reads the rows, the oldest first. */
async function rows(): Promise<readonly LedgerRow[]> {
  await gateway.close();
  const stores = openSqlite(join(folder, "l.db"), systemRuntime().clock);
  try {
    return [...(await stores.ledger.rows({}, 1_000)).rows].reverse();
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

test("what is cut off at the end of the grace time is dropped by us, and no client left", async () => {
  await start("drain: { grace: 100ms }");
  simulator.faults.add({ kind: "stall", phase: "mid-text" });
  const asked = ask("/v1/messages", { stream: true, max_tokens: 2_000 }).catch(() => 0);
  await expect.poll(() => simulator.bills().bills.length, { timeout: 5_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await gateway.drain();
  await asked;
  expect((await rows()).map(({ ended, estimated }) => [ended, estimated])).toEqual([["dropped", true]]);
}, 20_000);
