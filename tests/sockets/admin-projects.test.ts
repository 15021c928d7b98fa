// What projects of the store ask for beside limits, set over the admin API: duplicates and samples.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import * as calls from "./admin-calls.ts";
import { answer, startUpstream, type Upstream } from "./upstream.ts";
import { ADMIN_KEY, configFor } from "./world.ts";

let folder = "";
let upstream: Upstream;
let gateway: Gateway;

async function start(more = ""): Promise<void> {
  upstream = await startUpstream(answer);
  const config = configFor(upstream.url, more);
  const own = { ...config, store: `sqlite:${join(folder, "fairlead.db")}`, data_dir: folder };
  gateway = await startGateway(own, systemRuntime(), { adminKey: ADMIN_KEY, log() {} });
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-projects-"));
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const api = (method: string, path: string, body?: object) => calls.api(gateway, method, path, body);

async function refusal(method: string, path: string, body: object): Promise<string> {
  const said = await api(method, path, body);
  expect(said.status, JSON.stringify(said.body)).toBe(400);
  return (said.body as unknown as { error: { message: string } }).error.message;
}

/** A project of the store with a key of it, which sends. */
async function shop(more: object) {
  expect(await api("POST", "/api/projects", { name: "shop", ...more })).toMatchObject({ status: 201 });
  const { body } = await api("POST", "/api/keys", { project: "shop", name: "ci" });
  const { secret } = body as unknown as { secret: string };
  return async (words = "Hi") => {
    const sent = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": secret, "content-type": "application/json" },
      body: JSON.stringify({ model: "claude-test", max_tokens: 16, messages: [{ role: "user", content: words }] }),
    });
    return { status: sent.status, text: await sent.text() };
  };
}

describe("duplicates of a stored project", () => {
  test("are refused or answered once, from the next request on, as those of one of the file", async () => {
    await start();
    const send = await shop({ duplicates: { window: "10s", answer: "refuse" } });
    expect((await send()).status).toBe(200);
    const no = await send();
    expect(no.status).toBe(409);
    expect(no.text).toContain("fairlead_duplicate_request");

    const changed = await api("PATCH", "/api/projects/shop", { duplicates: { window: "10s" } });
    expect(changed).toMatchObject({ status: 200, body: { duplicates: { window: "10s" } } });
    const before = upstream.received.length;
    const texts = [(await send("one")).text, (await send("one")).text];
    expect(new Set(texts).size).toBe(1);
    expect(upstream.received.length - before).toBe(1);

    await api("PATCH", "/api/projects/shop", { duplicates: null });
    expect((await api("GET", "/api/projects/shop")).body).toMatchObject({ duplicates: null });
    await send("two");
    await send("two");
    expect(upstream.received.length - before).toBe(3);
  });

  test("have the bounds of the file, and once is refused where requests are not joined", async () => {
    await start('join: { messages: "off" }');
    const no = (duplicates: unknown) => refusal("POST", "/api/projects", { name: "shop", duplicates });
    expect(await no({ window: "61s" })).toContain("duplicates.window: must be a time from 0ms to 1m");
    expect(await no({ window: "1s", answer: "twice" })).toContain("duplicates.answer");
    expect(await no({ windows: "1s" })).toContain("window");
    expect(await no("10s")).toContain("duplicates: must be an object");
    expect(await no({ window: "1s" })).toContain("Set join.messages to keyed");
    expect(
      (await api("POST", "/api/projects", { name: "a", duplicates: { window: "1s", answer: "refuse" } })).status,
    ).toBe(201);
    expect((await api("GET", "/api/projects/shop")).status).toBe(404);
  });
});

describe("samples of a stored project", () => {
  const PLAN = "the plan for Zanzibar ghp_0123456789abcdefghijABCDEFGHIJ012345";

  test("are kept only while it asks for them, redacted and with an end; the change is on record", async () => {
    await start();
    const send = await shop({});
    expect((await api("GET", "/api/projects/shop")).body).toMatchObject({ sampling: null });
    await send("none of Mombasa");
    const on = await api("PATCH", "/api/projects/shop", { sampling: { rate: 1, expire: "2h" } });
    expect(on).toMatchObject({ status: 200, body: { sampling: { rate: 1, expire: "2h" } } });
    const from = Date.now();
    await send(PLAN);
    const samples = async () => {
      const store = await openSqlite(join(folder, "fairlead.db"), systemRuntime().clock);
      try {
        return await store.records.list("sample");
      } finally {
        await store.close();
      }
    };
    await expect.poll(async () => (await samples()).length).toBe(1);
    await api("PATCH", "/api/projects/shop", { sampling: null });
    expect((await api("GET", "/api/projects/shop")).body).toMatchObject({ sampling: null });
    await send("none of Kilwa");
    const audit = JSON.stringify((await api("GET", "/api/audit")).body);
    expect(audit).toContain('"sampling":{"rate":1,"expire":"2h"}');
    await gateway.close();
    const [kept, ...others] = await samples();
    expect(others).toEqual([]);
    const text = JSON.stringify(kept?.value);
    expect(text).toContain("Zanzibar");
    expect(text).not.toMatch(/ghp_|Mombasa|Kilwa/);
    const left = (kept?.expiresAt ?? 0) - from;
    expect(left).toBeGreaterThanOrEqual(7_200_000);
    expect(left).toBeLessThan(7_200_000 + 10_000);
  });

  test("have the bounds of the file, and an end when none is named", async () => {
    await start();
    const no = (sampling: unknown) => refusal("POST", "/api/projects", { name: "shop", sampling });
    expect(await no({ rate: 1.5 })).toContain("sampling.rate: must be a number from 0 to 1");
    expect(await no({ expire: "1y" })).toContain("sampling.expire: must be a time from 1m to 90d");
    expect(await no({ expire: "91d" })).toContain("sampling.expire");
    expect(await no({ rates: 1 })).toContain("rate");
    expect((await api("POST", "/api/projects", { name: "shop", sampling: {} })).body).toMatchObject({
      sampling: { rate: 0.01, expire: "7d" },
    });
  });
});

test("times in stored limits mean what they mean in the file", async () => {
  await start();
  // A burst of a second at 60 a minute: one at once, and then one a second.
  const send = await shop({ limits: { rpm: 60, burst: "1s" } });
  expect([(await send()).status, (await send()).status]).toEqual([200, 429]);
});
