// A start as a user has it: the snippets work when pasted, ask and claude find it, faults are told honestly, it ends well.

import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Program, run, start } from "../../testing/program.ts";

interface Told {
  url: string;
  key: string;
  pid: number;
  adminUrl: string;
  simulator: { controlUrl: string; regions: Array<{ name: string }> };
  snippets: { curl: string; curlStream: string };
}

const FREE_PORTS = ["--port", "0", "--admin-port", "0", "--simulator-port", "0"];
const shell = promisify(execFile);
let folder = "";
let program: Program;
let told: Told;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-start-"));
  program = start(["start", "--json", ...FREE_PORTS], { folder });
  told = JSON.parse(await program.firstLine) as Told;
});
afterAll(async () => {
  program.child.kill("SIGKILL");
  await program.ended;
  rmSync(folder, { recursive: true, force: true });
});

async function fault(rule: object): Promise<void> {
  const answer = await fetch(`${told.simulator.controlUrl}/_simulator/faults`, {
    method: "POST",
    body: JSON.stringify(rule),
  });
  expect(answer.ok).toBe(true);
}
async function noFaults(): Promise<void> {
  await fetch(`${told.simulator.controlUrl}/_simulator/faults`, { method: "DELETE" });
}

describe("start", () => {
  it("prints curl lines that work when pasted", async () => {
    const plain = await shell("sh", ["-c", told.snippets.curl]);
    expect(JSON.parse(plain.stdout)).toMatchObject({ type: "message", role: "assistant" });
    const streamed = await shell("sh", ["-c", told.snippets.curlStream]);
    expect(streamed.stdout).toContain("event: message_stop");
  });

  it("has three regions, metrics, and a log without the key", async () => {
    expect(told.simulator.regions.map(({ name }) => name)).toEqual(["east", "west", "tokyo"]);
    expect(await (await fetch(`${told.adminUrl}/metrics`)).text()).toContain("fairlead_requests_total");
    await expect.poll(() => readFileSync(join(folder, ".fairlead/gateway.log"), "utf8")).toContain('"event":"request"');
    expect(readFileSync(join(folder, ".fairlead/gateway.log"), "utf8")).not.toContain(told.key);
  });

  it("names the fix when a port is taken, and the start that runs here", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const { code, err } = await run(["start", ...FREE_PORTS, "--port", String(port)], { folder });
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain(`port ${port} cannot be had`);
    expect(err).toContain(`A start runs in this folder already: ${told.url} (process ${told.pid})`);
    expect(err).toMatch(/\n {2}fairlead start --port \d+\n/);
  });
});

describe("ask", () => {
  it("streams the answer to standard output, the figures to standard error", async () => {
    const { code, out, err } = await run(["ask", "Say", "hello"], { folder });
    expect(code).toBe(0);
    expect(out).toMatch(/^Simulated answer to "Say hello": .+\n$/);
    expect(err).toMatch(/^tokens \d+ in, \d+ out · \$0\.\d+ · first token \d+\.\d\d s, all \d+\.\d\d s · req_\w+\n$/);
  });

  it("reads standard input, and gives JSON", async () => {
    const { code, out } = await run(["ask", "--json", "Sum up"], { folder, input: "the text" });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      stop_reason: "end_turn",
      text: expect.stringContaining("Sum up\n\nthe text"),
    });
    expect((await run(["ask"], { folder })).code).toBe(2);
  });

  it("prints what came of a stream that broke, says so, and exits 1", async () => {
    await fault({ kind: "reset", phase: "mid-text" });
    const { code, out, err } = await run(["ask", "hi"], { folder });
    await noFaults();
    expect(code).toBe(1);
    expect(out).toMatch(/^Simulated answer/);
    expect(err).toContain("fairlead: the answer broke off: ");
  });

  it("notices nothing of faults before content while a region is well", async () => {
    await fault({ kind: "overloaded", filter: { region: ["east"] } });
    const { code, out } = await run(["ask", "hi"], { folder });
    await noFaults();
    expect(code).toBe(0);
    expect(out).toMatch(/^Simulated answer/);
  });

  it.each([
    [["--key", "wrong"], "The key (from --key) was not taken by http://127.0.0.1"],
    [["--url", "http://127.0.0.1:65534", "--key", "k"], "nothing listens at http://127.0.0.1:65534"],
    [["--model", "no-such-model"], "404: model: no-such-model (not_found_error)"],
  ])("%j: names the fix, exits 1", async (options, says) => {
    const { code, out, err } = await run(["ask", ...options, "hi"], { folder });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(says);
  });
});

describe("claude", () => {
  it("runs the program with the right environment and passes arguments and exit code", async () => {
    const fake = join(folder, "claude");
    writeFileSync(
      fake,
      '#!/bin/sh\necho "$ANTHROPIC_BASE_URL $ANTHROPIC_AUTH_TOKEN [$ANTHROPIC_API_KEY] $*"\nexit 7\n',
    );
    chmodSync(fake, 0o755);
    const env = { PATH: `${folder}:${process.env.PATH ?? ""}`, ANTHROPIC_API_KEY: "sk-ant-other" };
    const { code, out } = await run(["claude", "-p", "hi", "--model", "m"], { folder, env });
    expect(out).toBe(`${told.url} ${told.key} [] -p hi --model m\n`);
    expect(code).toBe(7);
    const shown = await run(["claude", "--show-env"], { folder, env });
    expect(shown.out).toContain(`export ANTHROPIC_AUTH_TOKEN='${told.key}'`);
    expect(shown.out).toContain("unset ANTHROPIC_API_KEY");
  });

  it("says how to install it", async () => {
    const { code, err } = await run(["claude"], { folder, env: { PATH: "/nowhere" } });
    expect(code).toBe(1);
    expect(err).toContain("npm install -g @anthropic-ai/claude-code");
  });
});

describe("the end", () => {
  it("lets an answer finish at SIGTERM, exits 0, keeps the key for the next start", async () => {
    const asking = start(["ask", "one last thing"], { folder });
    await new Promise((resolve) => asking.child.stdout?.once("data", resolve));
    program.child.kill("SIGTERM");
    expect(await asking.ended).toMatchObject({ code: 0, out: expect.stringMatching(/\n$/) });
    expect(await program.ended).toMatchObject({ code: 0, err: "" });
    expect(existsSync(join(folder, ".fairlead/start.json"))).toBe(false);
    expect(readFileSync(join(folder, ".fairlead/start.key"), "utf8").trim()).toBe(told.key);
  });
});
