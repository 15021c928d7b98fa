// Tests what decides whether npm ci runs: a record that differs from the lock in any way must be seen, an equal one must not.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ensureDebian, isInstalled, SetupError } from "./setup.mjs";

const here = { os: [process.platform], cpu: [process.arch] };
const LOCK = {
  "": { name: "checkout" },
  "packages/a": { version: "0.1.0" },
  "node_modules/a": { resolved: "packages/a", link: true },
  "node_modules/b": { version: "1.0.0" },
  "node_modules/here": { version: "1.0.0", optional: true, ...here },
  "node_modules/elsewhere": { version: "1.0.0", optional: true, os: ["aix"], cpu: ["ppc64"] },
};
const { "": _, "node_modules/elsewhere": __, ...RECORD } = LOCK;

const folders = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function installed(record, lock = LOCK) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-setup-"));
  folders.push(folder);
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: lock }));
  if (record) writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages: record }));
  return isInstalled(folder);
}

const without = (record, key) => Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

describe("what is installed", () => {
  it("is enough when all that this machine needs is there", () => {
    expect(installed(RECORD)).toBe(true);
  });

  it.each([
    ["nothing is installed", undefined],
    ["a package is missing", without(RECORD, "node_modules/b")],
    ["an optional package for this machine is missing", without(RECORD, "node_modules/here")],
    ["a version differs", { ...RECORD, "node_modules/b": { version: "1.0.1" } }],
    ["a link became a package", { ...RECORD, "node_modules/a": { version: "0.1.0" } }],
    ["there is one too many", { ...RECORD, "node_modules/c": { version: "1.0.0" } }],
  ])("is not enough when %s", (_name, record) => {
    expect(installed(record)).toBe(false);
  });
});

describe("Debian packages", () => {
  it("cost nothing when their command is there, and say what is missing when it cannot be installed", () => {
    expect(
      ensureDebian(["sh", { name: "no-such-package", command: "env" }, { name: "none", command: "/usr/*/env" }]),
    ).toBeUndefined();
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      expect(() => ensureDebian(["fairlead-no-such-thing"])).toThrow(SetupError);
      expect(() => ensureDebian(["fairlead-no-such-thing"])).toThrow(/fairlead-no-such-thing is missing/);
      expect(() => ensureDebian([{ name: "fairlead-off-path", command: "/usr/*/fairlead-none" }])).toThrow(
        /fairlead-off-path is missing/,
      );
    } finally {
      process.env.PATH = path;
    }
  });
});
