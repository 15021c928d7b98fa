// The audit: what is known against a package fails it, and an answer that never came is not told as a clean one.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { auditVerdict } from "./audit.mjs";

const lock = {
  packages: {
    "": {},
    "packages/client": {},
    "node_modules/@fairlead/client": { link: true },
    "node_modules/good": { version: "1.0.0", integrity: "sha512-x" },
    "node_modules/tool": { version: "1.0.0", integrity: "sha512-x", dev: true, deprecated: "gone" },
  },
};
const changed = (more) => ({ packages: { ...lock.packages, ...more } });

test("no advisory is clean; one fails with its name, range and address", () => {
  expect(auditVerdict('{"vulnerabilities":{}}', lock)).toEqual({
    ok: true,
    lines: ["no advisory on any of 1 packages that users install"],
  });
  const via = [{ title: "it leaks", url: "https://github.com/advisories/GHSA-1" }, "other"];
  const one = { name: "good", severity: "high", range: "<2", via };
  const verdict = auditVerdict(JSON.stringify({ vulnerabilities: { good: one } }), lock);
  expect(verdict.ok).toBe(false);
  expect(verdict.lines).toEqual(["good (high, <2): it leaks https://github.com/advisories/GHSA-1; through other"]);
});

test("a registry that cannot be asked is told as that", () => {
  for (const printed of ['{"message":"405 Method Not Allowed"}', '{"error":{"summary":"x"}}', "", "no json"]) {
    const { ok, lines } = auditVerdict(printed, lock);
    expect(ok).toBe(true);
    expect(lines[0]).toMatch(/^the registry gives no advisories/);
  }
});

test("what is deprecated or has no checksum fails, whether the registry answers or not", () => {
  for (const printed of ['{"vulnerabilities":{}}', ""]) {
    const old = changed({ "node_modules/old": { version: "1.0.0", integrity: "sha512-x", deprecated: "unsafe" } });
    expect(auditVerdict(printed, old).ok).toBe(false);
    expect(auditVerdict(printed, changed({ "node_modules/loose": { version: "1.0.0" } })).ok).toBe(false);
  }
});

test("the lockfile of this checkout stands it", () => {
  const own = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  expect(auditVerdict("", own).ok).toBe(true);
});
