// No secret in any output, report, trace, written file or command line, wherever it was planted.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePki } from "./pki.ts";
import { hindrance, tellWorld } from "./play.ts";
import type { SecretsFound } from "./secrets-world.ts";
import { missingTools } from "./tools.ts";

const FILE = join(dirname(fileURLToPath(import.meta.url)), "secrets-world.ts");
const why = missingTools() ?? (await hindrance());
const folder = mkdtempSync(join(tmpdir(), "fairlead-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let found: SecretsFound | undefined;
beforeAll(async () => {
  if (why !== undefined) return;
  const pki = await makePki(join(folder, "pki"));
  const key = `sk-ant-api03-${"v".repeat(93)}AA`;
  const runs = [{ node: process.execPath, major: 24, language: "en" as const, round: 0 }];
  const orders = { file: FILE, module: FILE, pki: pki.folder, publicRoots: join(pki.folder, "root.pem"), key, runs };
  const told = await tellWorld(orders, 400_000);
  const error = told.find(({ kind }) => kind === "error")?.error;
  if (error !== undefined) throw new Error(error);
  found = told.find(({ kind }) => kind === "module")?.value as SecretsFound;
}, 420_000);

describe.skipIf(why !== undefined)("secrets in every place", () => {
  test("none of them is told", () => {
    expect(found?.leaks).toEqual([]);
  });

  test("there was something to look at", () => {
    const calls = found?.calls ?? [];
    expect(calls.filter(({ bytes }) => bytes < 200)).toEqual([]);
    expect(calls.find(({ name }) => name === "json as node")).toMatchObject({ code: 0 });
    for (const name of ["refused key", "refused proxy", "inspected", "no resolver"])
      expect(calls.find((call) => call.name === name)).toMatchObject({ code: 1 });
    const written = (found?.files ?? []).join("\n");
    for (const part of ["healthy.html", "healthy.md", "refused.html", "refused.md", "/trace/"])
      expect(written).toContain(part);
    expect(found?.started.length).toBeGreaterThan(0);
  });
});
