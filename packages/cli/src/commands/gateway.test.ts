// fairlead gateway and simulator as processes: they say where they are, and end well when told to.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, start } from "../../testing/program.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-gateway-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function config(listen: string): void {
  writeFileSync(join(folder, "up.key"), "sk-ant-0123456789abcdef\n");
  writeFileSync(
    join(folder, "fairlead.yaml"),
    `store: "memory:"\nlisten: ${listen}\nadmin: 127.0.0.1:0\nupstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:1", api_key: file:./up.key }]\nprojects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]\n`,
  );
}

describe("gateway", () => {
  it("logs JSON lines, answers, and exits 0 at SIGTERM", async () => {
    config("127.0.0.1:0");
    const program = start(["gateway"], { folder });
    const line = JSON.parse(await program.firstLine) as { event: string; detail: string };
    expect(line.event).toBe("listening");
    const url = /data (http:\/\/\S+),/.exec(line.detail)?.[1];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    // The admin key is in a file that nobody else can read, and commands of this user find it from any folder.
    expect(statSync(join(folder, "fairlead-data", "admin.key")).mode & 0o777).toBe(0o600);
    const admin = /admin (http:\/\/\S+)/.exec(line.detail)?.[1] ?? "";
    const elsewhere = mkdtempSync(join(tmpdir(), "fairlead-elsewhere-"));
    const looked = await run(["upstreams", "--admin", admin], { folder: elsewhere, env: { HOME: folder } });
    rmSync(elsewhere, { recursive: true });
    expect(looked).toMatchObject({ code: 0, err: "" });
    // The server runs with its own flags, in the very process that was started.
    const commandLine = readFileSync(`/proc/${program.child.pid}/cmdline`, "latin1");
    expect(commandLine.split("\0")).toContain("--max-semi-space-size=32");
    program.child.kill("SIGTERM");
    const { code, out, err } = await program.ended;
    expect(code).toBe(0);
    expect(err).toBe("");
    for (const one of out.trim().split("\n")) expect(JSON.parse(one)).toHaveProperty("event");
  });

  it("takes a SIGHUP for no end while a store that says nothing holds its start up", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    config("127.0.0.1:0");
    const file = join(folder, "fairlead.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("memory:", `postgres://x@127.0.0.1:${port}/x`));
    const program = start(["gateway"], { folder });
    await program.firstLine;
    program.child.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { exitCode, signalCode } = program.child;
    program.child.kill("SIGKILL");
    await program.ended;
    silent.close();
    expect([exitCode, signalCode]).toEqual([null, null]);
  });

  it.runIf(process.platform === "linux")("serves on and ends well when its log is on a full disk", async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) => {
      free.listen(0, "127.0.0.1", () => resolve((free.address() as { port: number }).port));
    });
    await new Promise((resolve) => free.close(resolve));
    config(`127.0.0.1:${port}`);
    const program = start(["gateway"], { folder }, "/dev/full");
    const health = () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health, { timeout: 15_000 }).toBe(200);
    // Lines wait 50 ms before they are written.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await health()).toBe(200);
    program.child.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, err: "" });
    // A command whose output goes there says so.
    const schema = await start(["config", "schema"], { folder }, "/dev/full").ended;
    expect(schema).toMatchObject({ code: 1, err: expect.stringMatching(/^fairlead: [^\n]*ENOSPC[^\n]*\n$/) });
  });

  it("names the fix when its port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    config(`127.0.0.1:${port}`);
    const { code, err } = await run(["gateway"], { folder });
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain(`cannot listen on 127.0.0.1:${port}`);
    expect(err).toContain("Change it in fairlead.yaml.");
  });
});

describe("simulator", () => {
  it("tells its addresses, answers, and exits 0 at SIGINT", async () => {
    const regions = ["--region", "east", "--region", "tokyo,latency=5,capacity=3"];
    const program = start(["simulator", "--json", "--port", "0", "--pace", "instant", ...regions], { folder });
    const told = JSON.parse(await program.firstLine) as {
      regions: Array<{ name: string; url: string }>;
      controlUrl: string;
    };
    expect(told.regions.map(({ name }) => name)).toEqual(["east", "tokyo"]);
    const answer = await fetch(`${told.regions[1]?.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: '{"model":"claude-haiku-5-5","max_tokens":9,"messages":[{"role":"user","content":"x"}]}',
    });
    expect(answer.status).toBe(200);
    expect((await fetch(`${told.controlUrl}/_simulator/health`)).status).toBe(200);
    program.child.kill("SIGINT");
    expect(await program.ended).toMatchObject({ code: 0, err: "" });
  });

  it("names the fix when its port is taken, or its scenario is not there", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const busy = await run(["simulator", "--port", String(port), "--control-port", "0"], { folder });
    taken.close();
    expect(busy.code).toBe(1);
    expect(busy.err).toContain("choose other ports with --port");
    const none = await run(["simulator", "--scenario", "none.yaml"], { folder });
    expect(none.code).toBe(1);
    expect(none.err).toContain(
      "none.yaml cannot be read: there is no such file. Correct the path, or take a scenario by name",
    );
    writeFileSync(join(folder, "bad.yaml"), "name: bad\nstep: []\n");
    const bad = await run(["simulator", "--scenario", "bad.yaml"], { folder });
    expect(bad.code).toBe(1);
    expect(bad.err).toContain("bad.yaml: line 2, column 1");
  });
});
