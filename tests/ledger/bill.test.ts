// A gateway between clients and a simulator: what the ledger says beside what the simulator bills, answer by answer.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, readConfig } from "@fairlead/gateway";
import { readUsage, totalInput } from "@fairlead/protocol";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import type { LedgerRow } from "@fairlead/stores";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
let folder: string;
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-bill-"));
  const regions = [{ name: "local", port: 0, tokensPerSecond: 120, firstTokenMs: 5, latencyMs: 0 }];
  simulator = await startSimulator({ controlPort: 0, regions, seed: "bill" }, systemRuntime());
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function config(more = ""): Config {
  const upstream = `{ name: one, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${UP}", proxy: none }`;
  const text = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [${upstream}]\nstore: "sqlite:./l.db"\ndata_dir: ./data\nprojects: [{ name: web, keys: [${KEY}] }]\n${more}`;
  return readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-up-0123456789abcdef" }).config;
}

/** Sends a request; leaves after `leaveMs` when that is given. */
async function ask(url: string, body: object, leaveMs?: number, headers: object = {}): Promise<number> {
  const leave = new AbortController();
  if (leaveMs !== undefined) setTimeout(() => leave.abort(), leaveMs);
  try {
    const answer = await fetch(`${url}/v1/messages`, {
      method: "POST",
      signal: leave.signal,
      headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json", ...headers },
      body: JSON.stringify({
        model: "claude-opus-5",
        max_tokens: 2_000,
        stream: true,
        messages: [{ role: "user", content: "write 20 words" }],
        ...body,
      }),
    });
    await answer.text();
    return answer.status;
  } catch {
    return 0;
  }
}

async function rowsOf(): Promise<readonly LedgerRow[]> {
  const stores = openSqlite(join(folder, "l.db"), systemRuntime().clock);
  try {
    return (await stores.ledger.rows({}, 1_000)).rows;
  } finally {
    await stores.close();
  }
}

const tokensOf = (row: LedgerRow) => totalInput(row) + row.outputTokens;
const billOf = (usage: unknown) => totalInput(readUsage(usage)) + readUsage(usage).outputTokens;

test("settled rows are the bill to the token; rows of answers that broke are within one per cent of it in sum", async () => {
  const gateway = await startGateway(config("retry: { attempts: 3 }"), systemRuntime(), { log: () => {} });
  // A prompt of some 1,800 tokens, as in a short conversation. Until the upstream hears that nobody listens, it goes on.
  const long = { messages: [{ role: "user", content: `write 900 words ${"about the sea ".repeat(500)}` }] };
  // What the model's answers are like is learned from whole ones.
  await Promise.all(Array.from({ length: 12 }, () => ask(gateway.url, {})));
  await ask(gateway.url, { stream: false });
  await ask(gateway.url, { tools: [{ name: "Bash", input_schema: { type: "object" } }] });
  expect(simulator.faults.add({ kind: "overloaded", pattern: { times: 3 } })).toHaveProperty("id");
  await Promise.all(Array.from({ length: 6 }, () => ask(gateway.url, {})));
  simulator.faults.clear();
  // Clients that leave, at any moment of the answer.
  await Promise.all(Array.from({ length: 30 }, (_, i) => ask(gateway.url, long, 150 + i * 40)));
  expect(simulator.faults.add({ kind: "reset", phase: "mid-text" })).toHaveProperty("id");
  await Promise.all(Array.from({ length: 10 }, () => ask(gateway.url, {})));
  simulator.faults.clear();
  await expect
    .poll(() => simulator.bills().bills.filter(({ state }) => state === "open").length, { timeout: 10_000 })
    .toBe(0);
  await gateway.close();

  const { bills } = simulator.bills();
  const rows = await rowsOf();
  const byId = new Map(rows.map((row) => [row.upstreamRequestId ?? "", row]));
  expect(rows.length).toBe(new Set(rows.map((row) => row.attemptId)).size);
  let settled = 0;
  let told = 0;
  let billed = 0;
  let aborted = 0;
  for (const bill of bills) {
    const row = byId.get(bill.requestId);
    expect(row, `${bill.requestId} ${bill.state}`).toBeDefined();
    if (row === undefined) continue;
    if (!row.estimated) {
      settled += 1;
      expect([tokensOf(row), row.picoUsd]).toEqual([billOf(bill.usage), Math.round(bill.costUsd * 1e12)]);
    } else {
      aborted += 1;
      told += tokensOf(row);
      billed += billOf(bill.usage);
    }
  }
  expect(settled).toBeGreaterThan(18);
  expect(aborted).toBeGreaterThan(25);
  expect(Math.abs(told / billed - 1)).toBeLessThan(0.01);
  expect(new Set(rows.map((row) => row.ended))).toEqual(new Set(["whole", "client-left", "cut", "failed"]));
  // Refusals of the upstream are attempts of their own and cost nothing.
  const refused = rows.filter((row) => row.verdict === "overloaded");
  expect(refused.map((row) => [row.status, row.picoUsd, row.estimated])).toEqual(
    Array.from({ length: 3 }, () => [529, 0, false]),
  );
}, 60_000);
