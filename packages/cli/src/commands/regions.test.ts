// fairlead regions before a real gateway, simulated regions and addresses where nobody is: figures, states, exit codes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere, start } from "../../testing/program.ts";
import { placeOf } from "../regions/host-place.ts";
import type { Region, RegionsView } from "../regions/region.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef";
let folder = "";
let simulator: Simulator;
let gateway: Gateway;
/** A port where nobody listens. */
let free = 0;

function yaml(admin: string): string {
  const upstreams = simulator.regions.map(
    ({ name, url }) =>
      `  - { name: ${name}, platform: ${name}, account: ${name}, provider: anthropic, base_url: "${url}", api_key: "file:./up.key", proxy: none }`,
  );
  return `store: "memory:"\nlisten: 127.0.0.1:0\nadmin: ${admin}\nupstreams:\n${upstreams.join("\n")}\nprojects: [{ name: web, keys: [${KEY}] }]\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-regions-"));
  writeFileSync(join(folder, "up.key"), "sk-ant-secret-0123456789\n");
  simulator = await startSimulator(
    {
      regions: [
        { name: "east", port: 0 },
        { name: "west", port: 0, latencyMs: 40 },
      ],
      controlPort: 0,
      pace: "instant",
    },
    systemRuntime(),
  );
  gateway = await startGateway(readConfig(yaml("127.0.0.1:0"), join(folder, "x.yaml"), {}).config, systemRuntime(), {
    log() {},
    adminKey: ADMIN_KEY,
  });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  free = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
});
afterAll(async () => {
  await gateway.close();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const regions = (...args: string[]) =>
  runHere(["regions", ...args], { folder, env: { FAIRLEAD_ADMIN_KEY: ADMIN_KEY } });

async function look(...args: string[]): Promise<{ readonly code: number | null; readonly view: RegionsView }> {
  const { code, out } = await regions("--once", "--json", ...args);
  return { code, view: JSON.parse(out) as RegionsView };
}

async function ask(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const answer = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": KEY, "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: '{"model":"claude-haiku-5-5","max_tokens":5,"messages":[{"role":"user","content":"x"}]}',
    });
    await answer.text();
  }
}

const named = (view: RegionsView, name: string) => view.regions.find((one) => one.name === name) as Region;

describe("regions of a gateway", () => {
  it("shows what the gateway saw, and ends with 1 once an upstream cannot be used", async () => {
    await ask(4);
    const before = await look("--admin", gateway.adminUrl);
    expect(before.code).toBe(0);
    expect(before.view).toMatchObject({ source: "gateway", admin: gateway.adminUrl });
    expect(before.view.regions.reduce((sum, { ok }) => sum + ok, 0)).toBe(4);
    const [used] = before.view.regions.filter(({ ok }) => ok > 0);
    expect(used).toMatchObject({
      provider: "anthropic",
      state: "closed",
      availability: 1,
      mean_ms: expect.any(Number),
    });
    await fetch(`${simulator.controlUrl}/_simulator/faults`, {
      method: "POST",
      body: JSON.stringify({ kind: "unauthorized", filter: { region: used?.name } }),
    });
    let after = before;
    // Which upstream a request goes to is the gateway's choice.
    for (let i = 0; i < 50 && named(after.view, used?.name ?? "").state === "closed"; i++) {
      await ask(1);
      after = await look("--admin", gateway.adminUrl);
    }
    expect(after.code).toBe(1);
    const hurt = named(after.view, used?.name ?? "");
    expect(hurt.state).toBe("parked");
    expect(hurt.why).not.toBe("");
    expect(hurt.availability).toBeLessThan(1);
    const { code, out } = await regions("--once", "--admin", gateway.adminUrl);
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`\\n${hurt.name} +anthropic +parked `));
    expect(out).toContain(`  ${hurt.name}: `);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).not.toContain("\u001b");
  });

  it("says how to get one where none answers, or something else does", async () => {
    const none = await regions("--admin", `http://127.0.0.1:${free}`);
    expect(none).toMatchObject({ code: 1, out: "" });
    expect(none.err).toContain(`no gateway answers at http://127.0.0.1:${free} (ECONNREFUSED).`);
    const other = await regions("--admin", simulator.regions[0]?.url ?? "");
    expect(other.code).toBe(1);
    expect(other.err).toContain("it answers 404");
  });

  it("asks the upstreams of a file when its gateway does not run, without their keys", async () => {
    writeFileSync(join(folder, "fairlead.yaml"), yaml(`127.0.0.1:${free}`));
    await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
    const { code, out, err } = await regions("-c", join(folder, "fairlead.yaml"), "--once", "--json", "--samples", "2");
    expect(err).toContain("its upstreams are asked from here");
    expect(code).toBe(0);
    const view = JSON.parse(out) as RegionsView;
    expect(view.source).toBe("probes");
    expect(view.regions.map(({ name, provider }) => [name, provider])).toEqual([
      ["east", "anthropic"],
      ["west", "anthropic"],
    ]);
    const log = await (await fetch(`${simulator.controlUrl}/_simulator/log`)).text();
    expect(log).toContain("/api/hello");
    expect(log).not.toContain("secret");
  });

  it("looks again and again until Ctrl-C, a JSON line each", async () => {
    const args = ["regions", "--admin", gateway.adminUrl, "--json", "--interval", "200ms"];
    const program = start(args, { folder, env: { FAIRLEAD_ADMIN_KEY: ADMIN_KEY } });
    await program.firstLine;
    await new Promise((resolve) => setTimeout(resolve, 700));
    program.child.kill("SIGINT");
    const { code, out } = await program.ended;
    expect(code).toBe(0);
    const views = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RegionsView);
    expect(views.length).toBeGreaterThan(1);
    expect(views.at(-1)?.regions.length).toBe(2);
  }, 15_000);
});

describe("regions by probes", () => {
  it("measures on a kept connection, tells a new one apart, and finds who is down", async () => {
    const [east, west] = simulator.regions;
    const { code, view } = await look(
      ...["--url", `near=${east?.url}/v1/`, "--url", `${west?.url}`, "--url", `gone=http://127.0.0.1:${free}`],
    );
    expect(code).toBe(1);
    const near = named(view, "near");
    const far = view.regions[1] as Region;
    expect(near).toMatchObject({ state: "up", attempts: 6, ok: 6, availability: 1, provider: null });
    expect(near.connect_ms).toBeGreaterThan(0);
    expect(far.name).toBe(new URL(west?.url ?? "").host);
    expect(far.p95_ms ?? 0).toBeGreaterThanOrEqual(far.mean_ms ?? Number.POSITIVE_INFINITY);
    expect(named(view, "gone")).toMatchObject({
      state: "down",
      ok: 0,
      availability: 0,
      mean_ms: null,
      why: "ECONNREFUSED while connecting",
    });
  });

  it("leaves the time of a new connection out of the mean", async () => {
    const seen = new WeakSet<object>();
    const server = createServer((req, res) => {
      setTimeout(() => res.end("{}"), seen.has(req.socket) ? 0 : 400);
      seen.add(req.socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { view } = await look("--url", `http://127.0.0.1:${port}`, "--samples", "2");
    server.closeAllConnections();
    server.close();
    const [one] = view.regions;
    expect(one).toMatchObject({ attempts: 3, ok: 3 });
    expect(one?.connect_ms).toBeGreaterThanOrEqual(399);
    expect(one?.p95_ms).toBeLessThan(300);
  });

  it.each([
    [200, "up", ""],
    [401, "up", ""],
    [404, "up", ""],
    [302, "down", "it redirects (302)"],
    [403, "down", "it refuses (403); fairlead doctor tells why"],
    [429, "down", "it answers 429"],
    [529, "down", "it answers 529"],
  ])("takes %i for %s", async (status, state, why) => {
    const server = createServer((_, res) => {
      res.statusCode = status;
      res.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, view } = await look("--url", `http://127.0.0.1:${port}`, "--samples", "1");
    server.closeAllConnections();
    server.close();
    expect(view.regions[0]).toMatchObject({ state, why });
    expect(code).toBe(state === "up" ? 0 : 1);
  });

  it.each([
    [["--url", "nowhere"], "It must be an address"],
    [["--url", "ftp://a"], "It must be an address"],
    [["--url", "http://user:pass@a"], "It must be an address"],
    [["--url", "http://a", "--admin", "http://b"], "give one of them"],
    [["--interval", "1ms"], "It must be a time from 200 ms"],
  ])("%j is wrong usage: exit code 2", async (args, says) => {
    const { code, err } = await regions(...args);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});

describe("placeOf", () => {
  it.each([
    ["api.anthropic.com", "anthropic", null],
    ["bedrock-runtime.ap-northeast-1.amazonaws.com", "bedrock", "ap-northeast-1"],
    ["europe-west1-aiplatform.googleapis.com", "vertex", "europe-west1"],
    ["aiplatform.googleapis.com", "vertex", "global"],
    ["my-team.services.ai.azure.com", "foundry", null],
    ["api.anthropic.com.evil.example", null, null],
  ])("%s", (host, provider, region) => {
    expect(placeOf(host)).toEqual({ provider, region });
  });
});
