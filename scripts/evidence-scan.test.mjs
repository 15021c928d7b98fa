// The scan must find a secret in each of its coats, and nothing where there is none.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { evidenceReport, scanEvidence } from "./evidence-scan.mjs";

const SECRET = ["sk", "planted", '0123456789abcdefghij/+"x'].join("-");
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-evidence-"));
  writeFileSync(join(folder, "1-secrets.txt"), `${SECRET}\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the scan of evidence", () => {
  it.each([
    ["plain", SECRET],
    ["base64", Buffer.from(SECRET).toString("base64")],
    ["base64 behind other text", Buffer.from(`Basic u:${SECRET}`).toString("base64")],
    ["hex", Buffer.from(SECRET).toString("hex")],
    ["a URL", encodeURIComponent(SECRET)],
    ["JSON", JSON.stringify({ key: SECRET })],
    ["its head", SECRET.slice(0, 20)],
    ["its tail", SECRET.slice(-20)],
  ])("finds it in %s", (_, text) => {
    writeFileSync(join(folder, "2-log.txt"), `fine\n{"at":"${text}"}\n`);
    const scan = scanEvidence(folder);
    expect(scan.found.length).toBeGreaterThan(0);
    expect(scan.found[0]).toMatchObject({ file: "2-log.txt", line: 2 });
    expect(evidenceReport(scan)).not.toContain(SECRET);
  });

  it("finds none where there is none", () => {
    writeFileSync(join(folder, "2-log.txt"), "sk-plan\nk_0123\n");
    expect(scanEvidence(folder)).toMatchObject({ files: 1, secrets: 1, found: [] });
    expect(evidenceReport(scanEvidence(folder))).toMatch(/^no trace of 1 planted secrets in 0\.0 MB/);
  });
});
