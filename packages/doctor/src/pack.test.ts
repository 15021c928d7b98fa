// Tests of the package that is published: it installs with nothing else, and runs on the oldest Node and on ours.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleDoctor } from "../bundle.mjs";
import { VERSION } from "./version.ts";

const place = mkdtempSync(join(tmpdir(), "doctor-pack-"));
const app = join(place, "app");

/** Longest time until the version is there, milliseconds: 300 are promised, a busy machine gets more. */
const START_MS = 900;

beforeAll(async () => {
  await bundleDoctor(join(place, "pack"));
  run("npm", ["pack", "--pack-destination", place], join(place, "pack"));
  const tarball = readdirSync(place).find((name) => name.endsWith(".tgz"));
  run("mkdir", ["app"], place);
  writeFileSync(join(app, "package.json"), '{ "name": "app", "private": true, "type": "module" }');
  // Offline and with an empty cache: whatever else it needed, it could not get.
  const offline = ["--offline", "--cache", join(place, "cache"), "--no-audit", "--no-fund"];
  run("npm", ["install", join(place, tarball ?? ""), ...offline], app);
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test("installs with nothing else", () => {
  const modules = join(app, "node_modules");
  expect(readdirSync(modules).filter((name) => !name.startsWith("."))).toEqual(["@fairlead"]);
  expect(readdirSync(join(modules, "@fairlead"))).toEqual(["doctor"]);
  const manifest = JSON.parse(readFileSync(join(modules, "@fairlead/doctor/package.json"), "utf8"));
  expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  expect(manifest.engines.node).toBe(">=20.19");
});

test("npx runs it by the package's name", () => {
  const { status, stdout } = spawnSync("npx", ["--offline", "@fairlead/doctor", "--version"], {
    cwd: app,
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${VERSION}\n` });
});

// Tried again: a pause of the machine is late once, a fault each time.
test.each(nodes())("starts soon and examines on Node %s", { retry: 2 }, (_version, node) => {
  const bin = join(app, "node_modules/.bin/fairlead-doctor");
  const env = { PATH: process.env["PATH"] ?? "", HOME: place };
  const began = performance.now();
  const version = spawnSync(node, [bin, "--version"], { cwd: app, env, encoding: "utf8" });
  expect(performance.now() - began).toBeLessThan(START_MS);
  expect(version.stdout).toBe(`${VERSION}\n`);
  const args = [bin, "--json", "--as", "node", "--target", "http://127.0.0.1:9"];
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: app, env, encoding: "utf8", timeout: 25_000 });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({ state: "broken" });
  expect(status).toBe(1);
});

/** The Node that runs the tests, and an older one where the machine has it. */
function nodes(): [string, string][] {
  const found = new Map([[process.versions.node, process.execPath]]);
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, "node");
    const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    const version = (stdout ?? "").trim().replace(/^v/, "");
    if (status === 0 && Number(version.split(".")[0]) >= 20 && !found.has(version)) found.set(version, node);
  }
  return [...found];
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
}
