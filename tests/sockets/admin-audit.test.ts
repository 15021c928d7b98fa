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
