// The program as a whole: help, versions, suggestions, exit codes, and what an old Node is told.

import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runHere } from "../testing/program.ts";

const around = { folder: tmpdir() };

describe("main", () => {
  it("prints help with examples and every command", async () => {
    const { code, out } = await runHere(["--help"], around);
    expect(code).toBe(0);
    for (const word of [
      "start",
      "gateway",
      "simulator",
      "doctor",
      "ask",
      "claude",
      "load",
      "regions",
      "upstreams",
      "projects",
      "keys",
      "audit",
      "admin",
      "config",
      "Examples:",
      "Exit codes",
    ]) {
      expect(out).toContain(word);
    }
  });

  it.each([
    "start",
    "gateway",
    "simulator",
    "ask",
    "claude",
    "load",
    "regions",
    "upstreams",
    "projects",
    "keys",
    "audit",
    "admin",
    "config",
  ])("%s --help has examples", async (command) => {
    const { code, out } = await runHere([command, "--help"], around);
    expect(code).toBe(0);
    expect(out).toContain(`fairlead ${command}`);
    expect(out).toContain("Examples:");
  });

  it.each([
    [["upstreams", "disable", "tokyo"], "there is nothing called 'disable, tokyo' here"],
    [["upstreams", "drian", "tokyo"], "there is nothing called 'drian, tokyo' here\n(Did you mean drain?)"],
    [["keys", "list", "web"], "there is nothing called 'web' here"],
    [["config", "check", "other.yaml"], "too many arguments for 'check'"],
  ])("%j is wrong usage, and where to look is said", async (args, words) => {
    const { code, err } = await runHere(args, around);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(err).toContain("fairlead <command> --help");
  });

  it("prints its version", async () => {
    expect(await runHere(["--version"], around)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    [["gatway"], "unknown command 'gatway'\n(Did you mean gateway?)"],
    [["start", "--prot", "1"], "unknown option '--prot'\n(Did you mean --port?)"],
    [["start", "--port", "99999"], "It must be a whole number from 0 to 65535."],
    [["simulator", "--region", "a b"], "A region begins with its name"],
    [
      ["simulator", "--region", "a,lat=3"],
      'A region knows no "lat"; it takes port, latency, capacity, queue and abandoned.',
    ],
    [["simulator", "--region", "a", "--region", "a"], "There are two regions named a."],
    [["simulator", "--pace", "slow"], "It must be real or instant."],
    [["ask", "--max-tokens", "many", "x"], "whole number from 1"],
    [["config", "chek"], "Did you mean check?"],
    [[], "Usage: fairlead <command>"],
  ])("%j is wrong usage: exit code 2", async (args, says) => {
    const { code, out, err } = await runHere(args, around);
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(out).toBe("");
  });
});

describe("bin", () => {
  it("tells an old Node what to do before anything else is imported", () => {
    const bin = fileURLToPath(new URL("../bin/fairlead.js", import.meta.url));
    const script = `Object.defineProperty(process, "versions", { value: { node: "20.20.2" } }); import(${JSON.stringify(bin)})`;
    // Without the source condition and from nowhere near a build, so an import of the program would be seen to fail.
    const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(stderr).toContain("needs Node 22.19 or newer, and this is Node 20.20.2");
    expect(stderr).toContain("Fix: install Node 24");
    expect(status).toBe(1);
  });
});
