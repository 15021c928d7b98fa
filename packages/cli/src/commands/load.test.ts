// fairlead load on the simulator and through a real gateway: figures, JSON, failures, exit codes, and what it never prints.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere, start } from "../../testing/program.ts";
import type { LoadJson } from "../load/report-json.ts";

const KEY = "sk-ant-very-secret-0123456789";
let folder = "";
let simulator: Simulator;
let url = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-load-"));
  simulator = await startSimulator(
    { regions: [{ name: "east", port: 0 }], controlPort: 0, pace: "instant" },
    systemRuntime(),
  );
  url = simulator.regions[0]?.url ?? "";
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function fault(body: object): Promise<Response> {
  return fetch(`${simulator.controlUrl}/_simulator/faults`, { method: "POST", body: JSON.stringify(body) });
}

async function load(...args: string[]) {
  const ended = await runHere(["load", "--url", url, "--key", KEY, ...args], { folder });
  expect(ended.out + ended.err).not.toContain(KEY);
  return ended;
}

async function json(...args: string[]): Promise<{ readonly code: number | null; readonly report: LoadJson }> {
  const { code, out, err } = await load("--json", ...args);
  expect(err).toBe("");
  return { code, report: JSON.parse(out) as LoadJson };
}

describe("load", () => {
  it("prints each step and a line for each at the end, in 80 columns", async () => {
    const { code, out, err } = await load("-c", "1,8", "-n", "40", "--max-tokens", "16");
    expect(err).toBe("");
    expect(code).toBe(0);
    for (const text of [
      "1 at once",
      "8 at once",
      "requests 40   ok 40   failed 0 (0 %)",
      "first token",
      "whole answer",
    ]) {
      expect(out).toContain(text);
    }
    expect(out).toMatch(/ {2}to \S+ (?:µs|ms|s) +#+ +\d+/);
    expect(out).toMatch(/\n {6}1 .*\n {6}8 /);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).not.toContain("\u001b");
  });

  it("tells in JSON what the simulator was asked and billed", async () => {
    await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
    const { code, report } = await json("-c", "5", "-n", "30", "--max-tokens", "12", "--tenants", "3");
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, interrupted: false, stream: true, max_tokens: 12 });
    const [step] = report.steps;
    expect(step).toMatchObject({ at_once: 5, rate: null, requests: 30, ok: 30, failed: 0, failures: [] });
    expect(step?.tenants).toEqual({ ok: [10, 10, 10], jain: 1 });
    expect(step?.latency_ms.count).toBe(30);
    expect(step?.first_token_ms.count).toBe(30);
    expect(step?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(30);
    expect(report.ceiling_per_second).toBeGreaterThan(500);
    const { bills } = (await (await fetch(`${simulator.controlUrl}/_simulator/bills`)).json()) as {
      bills: ReadonlyArray<{ usage: { output_tokens: number; input_tokens: number } }>;
    };
    // One request went ahead and is in no figure.
    expect(bills.length).toBe(31);
    const output = bills.slice(1).reduce((sum, { usage }) => sum + usage.output_tokens, 0);
    expect(step?.tokens.output).toBe(output);
    expect(step?.cost_usd).toBeGreaterThan(0);
  });

  it("begins each stage when the one before is over, whether its answers have come or not", async () => {
    await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
    await fault({ kind: "slow-first-byte", params: { ms: 1_500 }, pattern: { forMs: 60_000 } });
    const stages = ["--stage", "1s:20", "--stage", "1s:100", "--warm-up", "0s", "--no-ceiling"];
    const { code, report } = await json(...stages);
    await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
    expect(code).toBe(0);
    expect(report.ceiling_per_second).toBeNull();
    const [low, high] = report.steps;
    expect([low?.rate, high?.rate]).toEqual([20, 100]);
    expect(high?.requests).toBeGreaterThan((low?.requests ?? 0) * 1.8);
    const apart = Date.parse(high?.began_at ?? "") - Date.parse(low?.began_at ?? "");
    expect(apart).toBeGreaterThanOrEqual(990);
    expect(apart).toBeLessThan(1_400);
    expect(low?.timeline.reduce((sum, { ok }) => sum + ok, 0)).toBe(low?.requests);
  });

  it("holds conversations", async () => {
    const { code, report } = await json("-c", "2", "-n", "6", "--turns", "3", "--thinking", "--max-tokens", "200");
    expect(code).toBe(0);
    expect(report.steps[0]).toMatchObject({ ok: 6, failed: 0 });
  });

  it("counts cut streams and errors in streams as failures, and exits 1", async () => {
    const header = ["-H", "x-simulator-fault: no-message-stop"];
    const cut = await json("-c", "2", "-n", "6", ...header);
    expect(cut.code).toBe(1);
    expect(cut.report.steps[0]).toMatchObject({ ok: 0, failed: 6, answers_per_second: 0 });
    expect(cut.report.steps[0]?.failures).toEqual([
      { kind: "cut", what: "stream ended without message_stop", message: "", count: 6 },
    ]);
    await fault({ kind: "overloaded", pattern: { times: 4 } });
    const some = await json("-c", "1", "-n", "10");
    expect(some.code).toBe(1);
    // The one that goes ahead took the first.
    expect(some.report.steps[0]).toMatchObject({ ok: 7, failed: 3 });
    expect(some.report.steps[0]?.failures[0]).toMatchObject({ kind: "status", what: "529 overloaded_error", count: 3 });
    const told = await load("-c", "1", "-n", "3", "-H", "x-simulator-fault: in-stream-error;phase=mid-text");
    expect(told.code).toBe(1);
    expect(told.out).toContain("error in the stream: overloaded_error");
    expect(told.out).toContain("failed after");
  });

  it("says what is wrong before any load: nobody there, a refusal, no API, money", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const none = await runHere(["load", "--url", `http://127.0.0.1:${free}`], { folder });
    expect(none).toMatchObject({ code: 1, out: "" });
    expect(none.err).toContain(`nothing answers at http://127.0.0.1:${free} (ECONNREFUSED while connecting).`);
    const refused = await load("-H", "x-simulator-fault: unauthorized");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("the first request was refused, and so would be the others");
    const far = await runHere(["load", "--url", "https://claude.example.com", "--key", KEY], { folder });
    expect(far).toMatchObject({ code: 2, out: "" });
    expect(far.err).toContain(
      "this may cost money: claude.example.com is not this machine. One request costs up to about $0.0",
    );
    const dressed = await runHere(["load", "--url", "http://127.example.com", "--key", KEY], { folder });
    expect(dressed).toMatchObject({ code: 2 });
  });

  it("asks before it spends through a gateway on this machine", async () => {
    const admin = createServer((_, res) => {
      res.end('{"upstreams":[{"name":"a","url":"http://127.0.0.1:1"},{"name":"b","url":"https://api.anthropic.com"}]}');
    });
    await new Promise<void>((resolve) => admin.listen(0, "127.0.0.1", resolve));
    const { port } = admin.address() as AddressInfo;
    const { code, err } = await runHere(["load", "--url", `http://127.0.0.1:${port - 1}`, "--key", KEY], { folder });
    admin.close();
    expect(code).toBe(2);
    expect(err).toContain("the gateway there sends to api.anthropic.com");
  });

  it.each([
    [["-c", "0"], "whole numbers above 0"],
    [["-c", "1,,2"], "whole numbers above 0"],
    [["--rate", "1e9"], "numbers above 0 and up to 100000"],
    [["-d", "5"], "It must be a time from 100 ms to 24 h"],
    [["-n", "-1"], "It must be a whole number from 1"],
    [["--model", "a b"], "It must be a model's name"],
    [["-H", "x"], "It must be a header line"],
    [["-H", "Content-Length: 3"], "Content-Length is set by load itself"],
    [["--concurrency", "1", "--rate", "1"], "give one of them"],
    [["--stage", "20s"], "It must be a time and a rate"],
    [["--stage", "1s:5", "--rate", "1"], "give one of them"],
    [["--stage", "1s:5", "-d", "3s"], "each --stage has its own time"],
    [["--rate", "5", "--turns", "3"], "give --concurrency"],
    [["--think-time", "1s"], "give --turns"],
    [["--answer-tokens", "8~9"], "It must be tokens, or their mean ~ sigma up to 3"],
    [["--key-file", "none.txt"], "there is no such file"],
  ])("%j is wrong usage: exit code 2", async (args, says) => {
    const { code, out, err } = await runHere(["load", ...args], { folder });
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(out).toBe("");
  });

  it("ends at Ctrl-C with what was measured, and keeps the keys of a file to itself", async () => {
    writeFileSync(join(folder, "keys.txt"), `# of two\n${KEY}\n\n${KEY}-2\n`);
    const args = [
      "load",
      "--url",
      url,
      "--key-file",
      "keys.txt",
      "--json",
      "-c",
      "3,3",
      "-d",
      "60s",
      "--warm-up",
      "0ms",
    ];
    const program = start(args, { folder });
    // Load is under way when the simulator has seen more than the ceiling's trial and the first request.
    const seen = async () => {
      const log = (await (await fetch(`${simulator.controlUrl}/_simulator/log`)).json()) as { entries: unknown[] };
      return log.entries.length;
    };
    await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
    while ((await seen()) < 40) await new Promise((resolve) => setTimeout(resolve, 50));
    program.child.kill("SIGINT");
    const { code, out, err } = await program.ended;
    expect(err).toBe("");
    expect(code).toBe(130);
    const report = JSON.parse(out) as LoadJson;
    expect(report).toMatchObject({ ok: false, interrupted: true });
    expect(report.steps.length).toBe(1);
    expect(report.steps[0]?.ok).toBeGreaterThan(10);
    expect(out).not.toContain(KEY);
  }, 20_000);
});
