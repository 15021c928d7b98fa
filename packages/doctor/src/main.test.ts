// Tests the command as a process: what goes where, exit codes, pages, traces, and that it ends.

import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { violations } from "../testing/schema-check.ts";
import { REPORT_SCHEMA } from "./output/json-schema.ts";
import type { Report } from "./report.ts";
import { VERSION } from "./version.ts";

const BIN = join(import.meta.dirname, "../bin/fairlead-doctor.js");
const KEY = "sk-ant-api03-PLANTEDkeyPLANTEDkeyPLANTEDkey0001";
const home = mkdtempSync(join(tmpdir(), "doctor-main-"));
let closedPort = 0;

beforeAll(async () => {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function environment(more: { readonly [name: string]: string } = {}) {
  return { PATH: process.env["PATH"] ?? "", HOME: home, ANTHROPIC_API_KEY: KEY, ...more };
}

function doctor(
  args: readonly string[],
  more: { readonly [name: string]: string } = {},
  node: readonly string[] = [],
): SpawnSyncReturns<string> {
  const all = ["--conditions=source", ...node, BIN, ...args];
  return spawnSync(process.execPath, all, { cwd: home, env: environment(more), encoding: "utf8", timeout: 25_000 });
}

/** A target where nothing listens: a fault that needs no network. */
const dead = () => ["--as", "node", "--target", `http://127.0.0.1:${closedPort}`];

test("the version is that of the package", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  expect(VERSION).toBe(version);
  expect(doctor(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("help in the language of the locale, or in the one that is asked for", () => {
  expect(doctor(["--help"], { LANG: "en_US.UTF-8" }).stdout).toMatch(/^Usage: /);
  expect(doctor(["--help"], { LC_ALL: "zh_CN.UTF-8" }).stdout).toMatch(/^用法/);
  expect(doctor(["--help", "--lang", "en"], { LC_ALL: "zh_CN.UTF-8" }).stdout).toMatch(/^Usage: /);
});

test("wrong usage: exit code 2, nothing on standard output, a code and the nearest name", () => {
  const { status, stdout, stderr } = doctor(["--tagret", "x"]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("USAGE_UNKNOWN_OPTION");
  expect(stderr).toContain("--target");
});

test.each([
  [["--public-roots", "none.pem"], "USAGE_FILE"],
  [["--report", "none/x.html"], "USAGE_FILE"],
  [["--report", "folder.md"], "USAGE_FILE"],
])("%j cannot be done: %s, before anything is looked at", (args, code) => {
  spawnSync("mkdir", ["-p", join(home, "folder.md")]);
  const { status, stdout, stderr } = doctor(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(code);
});

test("an old Node is told what it lacks, exit code 2", () => {
  const old = join(home, "old.cjs");
  writeFileSync(
    old,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });",
  );
  const { status, stderr } = doctor(["--version"], {}, ["--require", old]);
  expect(status).toBe(2);
  expect(stderr).toContain("needs Node 20.19");
  expect(stderr).toContain("18.20.4");
  // Words that Node 10 and 12 cannot read would end in a SyntaxError instead.
  expect(readFileSync(BIN, "utf8")).not.toMatch(/\?\.|\?\?|\$\{|\basync\b|\bawait\b/);
});

describe("an examination of a dead address", () => {
  test("exit code 1; JSON and nothing else on standard output, by its schema; no key in it", () => {
    const { status, stdout, stderr } = doctor([...dead(), "--json"]);
    expect(stderr).toBe("");
    const report = JSON.parse(stdout) as Report;
    expect(violations(REPORT_SCHEMA, report)).toEqual([]);
    expect(report.state).toBe("broken");
    expect(status).toBe(1);
    expect(stdout).not.toContain(KEY);
  });

  test("plain lines in a pipe: no escape codes, the verdict and its code", () => {
    const { status, stdout } = doctor(dead(), { LANG: "en_US.UTF-8" });
    expect(status).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what must not be there
    expect(stdout).not.toMatch(/\u001b/);
    expect(stdout).toMatch(/✗ TCP/);
    expect(stdout).toContain(`explain `);
    expect(stdout).not.toContain(KEY);
  });

  test("both languages conclude the same", () => {
    const reports = ["en", "zh"].map(
      (lang) => JSON.parse(doctor([...dead(), "--json", "--lang", lang]).stdout) as Report,
    );
    const [en, zh] = reports.map(({ findings }) =>
      findings.map(({ code, fix }) => [code, fix.map(({ commands }) => commands)]),
    );
    expect(en).toEqual(zh);
  });

  test("pages and a trace, for their owner only", () => {
    const { status, stdout } = doctor([...dead(), "--report", "a.html", "--report", "a.md", "--trace", "trace"]);
    expect(status).toBe(1);
    expect(stdout).toContain("a.html");
    for (const file of ["a.html", "a.md"]) {
      expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(home, file), "utf8")).not.toContain(KEY);
    }
    const files = readdirSync(join(home, "trace"));
    expect(files).toEqual(
      expect.arrayContaining(["exchanges.har", "keys.log", "manifest.json", "report.json", "timeline.txt"]),
    );
    const manifest = JSON.parse(readFileSync(join(home, "trace/manifest.json"), "utf8"));
    for (const { file, missing } of manifest.files)
      expect(files.includes(file) || missing !== undefined, file).toBe(true);
    expect(readFileSync(join(home, "trace/timeline.txt"), "utf8")).toContain("ECONNREFUSED");
    expect(JSON.parse(readFileSync(join(home, "trace/exchanges.har"), "utf8")).log.version).toBe("1.2");
  });

  test("--fix without a terminal changes nothing and says so", () => {
    const { status } = doctor([...dead(), "--fix"]);
    expect(status).toBe(1);
  });
});

test("Ctrl-C ends it with exit code 2", async () => {
  // An address that takes connections and says nothing: the examination would wait for it.
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, ["--conditions=source", BIN, "--target", target], {
    cwd: home,
    env: environment(),
  });
  child.stdout.once("data", () => child.kill("SIGINT"));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  server.close();
  expect(code).toBe(2);
});
