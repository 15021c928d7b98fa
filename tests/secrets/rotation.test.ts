// Keys of upstreams rotate while requests run: from a file and from Vault, with the simulator taking only the new one from some moment on.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, openConfigText } from "@fairlead/gateway";
import { systemClock, systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { startVault, type VaultServer } from "./vault-server.ts";

const OLD = "sk-ant-old-0123456789abcdef";
const NEW = "sk-ant-new-0123456789abcdef";
const CLIENT = "fl-dev-0123456789abcdef";

let folder: string;
let keys: string[];
let simulator: Simulator;
let vault: VaultServer;
let gateway: Gateway;
let log: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-rotation-"));
  keys = [OLD];
  simulator = await startSimulator(
    { pace: "instant", regions: [{ name: "a", port: 0 }], controlPort: 0, apiKeys: keys },
    systemRuntime(),
  );
  vault = await startVault();
  vault.secrets.set("|secret/up", { key: OLD });
  writeFileSync(join(folder, "up.key"), `${OLD}\n`);
  log = "";
});
afterEach(async () => {
  await gateway.close();
  await simulator.close();
  await vault.close();
  rmSync(folder, { recursive: true });
});

async function start(reference: string, secrets: string): Promise<void> {
  const text = `listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: a, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "${reference}", proxy: none }]
projects: [{ name: p, keys: [${CLIENT}] }]
secrets: ${secrets}
`;
  const { config } = await openConfigText(text, join(folder, "f.yaml"), { T: "root-token" }, systemClock());
  gateway = await startGateway(config, systemRuntime(), { log: (lines) => (log += lines) });
}

async function ask(): Promise<number> {
  const answer = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": CLIENT, "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({ model: "claude-haiku-4-5", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] }),
  });
  await answer.text();
  return answer.status;
}

/** Asks all the time, four at once, ten times before `change` and twenty times after it; gives every status that was seen. */
async function under(change: () => Promise<void>): Promise<readonly number[]> {
  let over = false;
  const seen: number[] = [];
  const loops = Array.from({ length: 4 }, async () => {
    while (!over) seen.push(await ask());
  });
  const reach = async (count: number) => {
    while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await reach(10);
  await change();
  await reach(seen.length + 20);
  over = true;
  await Promise.all(loops);
  return [...new Set(seen)];
}

function accept(only: string): void {
  keys.splice(0, keys.length, only);
}

it("reads a file anew at the first refusal: no request fails, long before the file would be looked at", async () => {
  await start("file:./up.key", "{ file_check: 5m }");
  const statuses = await under(async () => {
    writeFileSync(join(folder, "next"), NEW);
    renameSync(join(folder, "next"), join(folder, "up.key"));
    accept(NEW);
  });
  expect(statuses).toEqual([200]);
  // The old key was shown a few times at most: by those under way at the change.
  expect(simulator.log.entries.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
  await expect.poll(() => log).toContain('"event":"secret","reference":"file:./up.key","result":"changed"');
  expect(log).not.toMatch(/sk-ant-(old|new)/);
});

it("takes the key of before for a while when the new one is not accepted yet", async () => {
  await start("file:./up.key", "{ file_check: 500ms }");
  const statuses = await under(async () => {
    writeFileSync(join(folder, "up.key"), NEW);
    await new Promise((resolve) => setTimeout(resolve, 900));
    accept(NEW);
  });
  expect(statuses).toEqual([200]);
});

it("reads Vault anew at the first refusal", async () => {
  await start("vault:secret/up#key", `{ refresh: 1h, vault: { address: "${vault.url}", token: "\${T}" } }`);
  const statuses = await under(async () => {
    vault.secrets.set("|secret/up", { key: NEW });
    accept(NEW);
  });
  expect(statuses).toEqual([200]);
  expect(vault.calls.length).toBeLessThanOrEqual(3);
});

it("keeps the last good value while Vault is down, and counts that", async () => {
  await start("vault:secret/up#key", `{ refresh: 1h, vault: { address: "${vault.url}", token: "\${T}" } }`);
  vault.sealed = true;
  expect(await ask()).toBe(200);
  accept(NEW);
  expect(await ask()).not.toBe(200);
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  expect(metrics).toContain('fairlead_secret_reads_total{manager="vault",result="failed"} 1');
  expect(metrics).toMatch(/fairlead_secret_age_seconds\{manager="vault"\} \d/);
});

it("asks a parked account again as soon as its key changes", async () => {
  await start("file:./up.key", "{ file_check: 500ms }");
  accept(NEW);
  expect(await ask()).not.toBe(200);
  // Parked now: nothing is sent to it.
  writeFileSync(join(folder, "up.key"), NEW);
  let status = 0;
  for (let i = 0; i < 100 && status !== 200; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = await ask();
  }
  expect(status).toBe(200);
});
