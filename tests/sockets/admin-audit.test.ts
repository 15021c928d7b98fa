// The audit log of a running gateway: a log that was changed or cut short behind its back shows, also after a restart.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { ADMIN, ADMIN_KEY } from "./world.ts";

let folder = "";
let gateway: Gateway | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-audit-"));
});
afterEach(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: sqlite:./fairlead.db
data_dir: ./data
upstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef0123] }]`;
  const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-ant-upstream-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log() {}, adminKey: ADMIN_KEY });
}

const verify = async (query = "") =>
  (await (await fetch(`${gateway?.adminUrl}/api/audit/verify${query}`, { headers: ADMIN })).json()) as {
    readonly whole: boolean;
    readonly entries: number;
    readonly head: string;
    readonly broken_at: number | null;
    readonly why: string | null;
  };

async function noted(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const body = JSON.stringify({ name: `p${i}` });
    const headers = { ...ADMIN, "content-type": "application/json" };
    await fetch(`${gateway?.adminUrl}/api/projects`, { method: "POST", headers, body });
  }
  // Two entries each: asked and done.
  await expect.poll(async () => (await verify()).entries).toBe(2 * count);
}

/** As somebody with the file in hand would do it. */
function tamper(sql: string): void {
  const db = new Database(join(folder, "fairlead.db"));
  const guards = db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'fairlead_audit'");
  for (const { name } of guards.all() as { name: string }[]) db.exec(`DROP TRIGGER "${name}"`);
  db.exec(sql);
  db.close();
}

test("a changed entry, a removed one and a missing end are told, each with its place", async () => {
  await start();
  await noted(3);
  const { head, whole } = await verify();
  expect(whole).toBe(true);
  expect((await verify(`?head=${head}`)).whole).toBe(true);
  expect(await verify(`?head=${"a".repeat(64)}`)).toMatchObject({ whole: false, why: "head missing" });
  tamper("DELETE FROM fairlead_audit WHERE seq > 4");
  expect(await verify()).toMatchObject({ whole: false, entries: 4, broken_at: 5, why: "cut short" });
  await gateway?.close();
  await start();
  expect(await verify()).toMatchObject({ whole: false, broken_at: 5, why: "cut short" });
  // What is written behind the cut does not hide it, not even when it is as much as was lost.
  const more = (name: string) =>
    fetch(`${gateway?.adminUrl}/api/projects`, {
      method: "POST",
      headers: { ...ADMIN, "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  await more("p7");
  await more("p8");
  await expect.poll(async () => (await verify()).why).toBe("changed");
  expect(await verify()).toMatchObject({ whole: false, entries: 5, broken_at: 6 });
  await gateway?.close();
  await start();
  expect(await verify()).toMatchObject({ whole: false, entries: 5, broken_at: 6, why: "changed" });
  tamper("DELETE FROM fairlead_audit WHERE seq = 3");
  expect(await verify()).toMatchObject({ whole: false, entries: 2, broken_at: 4, why: "changed" });
  tamper("UPDATE fairlead_audit SET actor = 'somebody else' WHERE seq = 2");
  expect(await verify()).toMatchObject({ whole: false, entries: 1, broken_at: 2, why: "changed" });
});

test("who tried what was not theirs is on record: a reader who writes, a project's key at another's, a key without any right here", async () => {
  await start();
  const made = async (path: string, body: object) => {
    const headers = { ...ADMIN, "content-type": "application/json" };
    const sent = await fetch(`${gateway?.adminUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return ((await sent.json()) as { secret: string }).secret;
  };
  const reader = await made("/api/keys", { project: "web", name: "reader", scopes: ["admin:read"] });
  const sender = await made("/api/keys", { project: "web", name: "sender" });
  const tried = async (secret: string, method: string, path: string) => {
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const body = method === "POST" ? JSON.stringify({ name: "mine" }) : undefined;
    return (await fetch(`${gateway?.adminUrl}${path}`, { method, headers, ...(body && { body }) })).status;
  };
  expect(await tried(reader, "POST", "/api/projects")).toBe(403);
  expect(await tried(reader, "POST", "/api/keys/k_123456789012/revoke")).toBe(403);
  expect(await tried(reader, "GET", "/api/usage?project=other")).toBe(403);
  expect(await tried(sender, "GET", "/api/config")).toBe(403);
  expect(await tried("fl-key-nobody", "GET", "/api/config")).toBe(401);
  const refused = async () => {
    const said = await fetch(`${gateway?.adminUrl}/api/audit?limit=1000`, { headers: ADMIN });
    const { entries } = (await said.json()) as {
      entries: { action: string; subject: string; detail: { code: string } }[];
    };
    const calls = entries.filter(({ action }) => action === "call.refused");
    return calls.map(({ subject, detail }) => `${subject} ${detail.code}`).sort();
  };
  await expect
    .poll(refused)
    .toEqual([
      "route:GET /api/config admin_key_needed",
      "route:GET /api/usage admin_other_project",
      "route:POST /api/keys/{key}/revoke admin_forbidden",
      "route:POST /api/projects admin_forbidden",
    ]);
});
