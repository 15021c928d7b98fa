// Plants every kind of violation in a small tree and asserts that the house check finds it, at its line, by its rule.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkHouse } from "./check-house.mjs";
import { manifest, plantTree } from "./house/planted-tree.mjs";
import { ROOT } from "./setup.mjs";

const trees = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.remove();
});

function plant(files) {
  const tree = plantTree(files);
  trees.push(tree);
  return tree.root;
}

/** All findings as `rule@line`, in a tree with one planted file of the engine. */
async function inEngine(text, path = "packages/engine/src/planted.ts", exceptions = []) {
  const findings = await checkHouse(plant({ [path]: `// Planted.\n${text}\n` }), exceptions);
  for (const { file } of findings) expect(file).toBe(path);
  return findings.map(({ rule, line }) => `${rule}@${line}`);
}

async function rulesIn(files) {
  const findings = await checkHouse(plant(files), []);
  return findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

describe("a house in good order", () => {
  it("has no findings, though runtime, gateway/config and tests use what others may not", async () => {
    expect(await checkHouse(plant({}), [])).toEqual([]);
  });
});

describe("clocks", () => {
  it.each([
    "export const f = () => Date.now();",
    "export const f = () => new Date();",
    "export const f = () => globalThis.Date;",
    'export const f = () => globalThis["Date"].now();',
    "export const f = () => globalThis.global.setTimeout(() => {}, 1);",
    "export const f = () => { const { Date: Clock } = globalThis; return Clock; };",
    "export const f = () => { const { now } = performance; return now; };",
    "export const f = () => performance?.now();",
    "export const f = () => ({ setTimeout });",
    "export const f = (later = setInterval) => later;",
    "export const f = () => (0, setImmediate)(() => {});",
    "export const f = () => AbortSignal.timeout(5);",
    "export const f = () => { const { timeout } = AbortSignal; return timeout; };",
    "export const f = () => process.hrtime.bigint();",
    "export const f = () => { const key = `x`; return globalThis[key]; };",
    "export const f = () => { const g = globalThis; return g; };",
    'import { setTimeout as wait } from "node:timers/promises"; export const f = () => wait(1);',
    'import * as timers from "timers"; export const f = () => timers;',
    'import { performance as p } from "node:perf_hooks"; export const f = () => p;',
    'export { setTimeout } from "node:timers";',
    'export const f = async () => (await import("node:timers/promises")).setTimeout(1);',
    "export class Late extends Date {}",
  ])("finds %s", async (text) => {
    const found = await inEngine(text);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set(["clock@2"]));
  });
});

describe("chance", () => {
  it.each([
    "export const f = () => Math.random();",
    'export const f = () => Math["random"]();',
    "export const f = () => { const { random } = Math; return random(); };",
    "export const f = () => { let random; ({ random } = Math); return random; };",
    "export const f = ({ random } = Math) => random;",
    "export const f = () => { const { ...all } = Math; return all; };",
    "export const f = () => { const { Math: { random } } = globalThis; return random; };",
    "export const f = () => { const m = Math; return m; };",
    "export const f = (name: 'random') => Math[name]();",
    "export const f = () => crypto.randomUUID();",
    "export const f = () => crypto.getRandomValues(new Uint8Array(4));",
    'import { randomUUID as x } from "node:crypto"; export const f = () => x();',
    'import { randomBytes } from "crypto"; export const f = () => randomBytes(8);',
    'import * as c from "node:crypto"; export const f = () => c.randomInt(8);',
    'import c from "node:crypto"; export const f = () => c.randomUUID();',
    'export * from "node:crypto";',
    'export const f = async () => { const { randomUUID } = await import("node:crypto"); return randomUUID(); };',
  ])("finds %s", async (text) => {
    expect(new Set(await inEngine(text))).toEqual(new Set(["chance@2"]));
  });
});

describe("the environment", () => {
  it.each([
    "export const f = () => process.env.HOME;",
    'export const f = () => process["env"];',
    "export const f = () => { const { env } = process; return env; };",
    'import { env } from "node:process"; export const f = () => env;',
    'import p from "node:process"; export const f = () => p.env;',
  ])("finds %s", async (text) => {
    expect(new Set(await inEngine(text))).toEqual(new Set(["environment@2"]));
    expect(new Set(await inEngine(text, "packages/gateway/src/planted.ts"))).toEqual(new Set(["environment@2"]));
  });
});

describe("what only looks like a violation", () => {
  it.each([
    "// Date.now(), Math.random(), process.env, setTimeout\nexport const f = () => 1;",
    'export const f = () => "Date.now() setTimeout(1) Math.random() process.env";',
    `export const f = () => \`Date.now() \${1} performance\`;`,
    "export const f = (Date: { now(): number }) => Date.now();",
    "export function f(clock: { setTimeout(): void }) { clock.setTimeout(); }",
    "export const f = () => ({ Date: 1, setTimeout: 2, performance: 3 });",
    "export interface Shape { Date: number; random(): number; env: string }",
    "export type When = Date; export const f = (at: Date): typeof Date | Date => at;",
    'import type { randomUUID } from "node:crypto"; export type Id = typeof randomUUID;',
    'import { createHash } from "node:crypto"; export const f = () => createHash("sha256");',
    'import * as c from "node:crypto"; export const f = () => c.createHash("sha256");',
    "export const f = (x: unknown) => x instanceof AbortSignal && Math.max(1, 2) > 1;",
    "export const f = () => globalThis.fetch;",
    "export const f = () => { process.exitCode = 1; };",
    "export class Box { Date = 1; random() { return this.Date; } }",
  ])("leaves %s alone", async (text) => {
    expect(await inEngine(text)).toEqual([]);
  });
});

describe("importing does nothing", () => {
  it.each([
    ["side-effect", "globalThis.fetch(`x`);"],
    ["side-effect", "export const f = await Promise.resolve(1);"],
    ["side-effect", 'import "node:fs";'],
    ["side-effect", 'import { readFileSync } from "node:fs"; export const text = readFileSync("x", "utf8");'],
    ["side-effect", "for (const x of [1]) x;"],
    ["side-effect", "export class Box { static { Box.name; } }"],
    ["module-state", "export let count = 0;"],
    ["module-state", "var count = 0; export const f = () => count;"],
    ["module-state", "const seen = new Map<string, string>(); export const f = () => seen;"],
    ["module-state", "const list: string[] = []; export const f = () => list;"],
    ["module-state", "const box: Record<string, string> = {}; export const f = () => box;"],
    ["module-state", "export class Box { static count = 0; }"],
    ["module-state", "class Pool {} const pool = new Pool(); export const f = () => pool;"],
  ])("%s finds %s", async (rule, text) => {
    expect(new Set(await inEngine(text))).toEqual(new Set([`${rule}@2`]));
  });

  it("leaves tables, schemas and functions alone", async () => {
    const text = [
      'export const NAMES = new Set(["a"]); export const LIST = ["a"] as const; export const NONE: readonly string[] = [];',
      'export const BRAND = Symbol.for("x"); export const f = () => { let n = 0; n += 1; return new Map([[n, n]]); };',
      "export class Box { static readonly size = 1; #seen = new Map<string, string>(); get() { return this.#seen; } }",
      "const wrap = <T>(x: T): T => x; export const WRAPPED = wrap({ make: () => new Map() });",
    ];
    expect(await inEngine(text.join("\n"))).toEqual([]);
  });
});

describe("arrows, rings and reaching inside", () => {
  it.each([
    ["arrow", 'import { schema } from "@fairlead/gateway"; export const f = () => schema;'],
    ["arrow", 'import type { schema } from "@fairlead/gateway"; export type S = typeof schema;'],
    ["arrow", 'export const f = () => import("@fairlead/gateway");'],
    ["inside", 'import { now } from "@fairlead/runtime/src/index.ts"; export const f = () => now;'],
    ["inside", 'import { now } from "../../runtime/src/index.ts"; export const f = () => now;'],
  ])("%s finds %s", async (rule, text) => {
    expect(await inEngine(text)).toContain(`${rule}@2`);
  });

  it("finds reaching inside from tests too", async () => {
    const text = '// Planted.\nimport { now } from "../packages/runtime/src/index.ts";\nexport const at = now();\n';
    expect(await rulesIn({ "tests/inside.test.ts": text })).toEqual(["inside tests/inside.test.ts:2"]);
  });

  it("finds a ring of three once, and lets types refer to each other", async () => {
    const one = (to, kind = "") =>
      `// Planted.\n\nimport ${kind}{ ${to} } from "./${to}.ts";\nexport const x = (): typeof ${to} => ${to};\n`;
    const ring = { "packages/engine/src/b.ts": one("c"), "packages/engine/src/c.ts": one("a") };
    expect(await rulesIn({ ...ring, "packages/engine/src/a.ts": one("b") })).toEqual([
      "ring packages/engine/src/a.ts:3",
    ]);
    expect(
      await rulesIn({
        ...ring,
        "packages/engine/src/a.ts": '// Planted.\nimport type { b } from "./b.ts";\nexport type X = typeof b;\n',
      }),
    ).toEqual([]);
  });

  it("finds a room that is not in the plan", async () => {
    expect(await rulesIn({ "packages/attic/package.json": manifest("attic") })).toEqual([
      "room packages/attic/package.json:1",
    ]);
  });
});

describe("manifests", () => {
  const dependencies = (extra) => ({ "@fairlead/runtime": "0.1.0", ...extra });

  it("finds a dependency that nothing imports, and one that is not declared", async () => {
    const undeclared = '// Planted.\nimport { z } from "zod";\nexport const f = () => z;\n';
    const files = {
      "packages/engine/src/planted.ts": undeclared,
      "packages/gateway/src/index.ts": "// The gateway.\nexport const serve = 1;\n",
    };
    const found = await rulesIn(files);
    expect(found).toContain("dependency-missing packages/engine/src/planted.ts:2");
    expect(found).toContain("dependency-unused packages/gateway/package.json:14");
    expect(found.filter((each) => each.startsWith("dependency-unused"))).toHaveLength(3);
  });

  it.each(["^4.6.7", "~4.6.7", "4", "latest", "*", ">=4.6.7"])("finds the unpinned version %s", async (version) => {
    const file = manifest("gateway", { dependencies: dependencies({ "@fairlead/engine": "0.1.0", zod: version }) });
    expect(await rulesIn({ "packages/gateway/package.json": file })).toEqual(["pin packages/gateway/package.json:14"]);
    const root = JSON.stringify({ name: "checkout", devDependencies: { vitest: version } });
    expect(await rulesIn({ "package.json": root })).toEqual(["pin package.json:1"]);
  });

  it("finds a third-party package in a room that may have none, and one without a record", async () => {
    const files = {
      "packages/engine/package.json": manifest("engine", { dependencies: dependencies({ zod: "4.6.7" }) }),
      "packages/engine/src/planted.ts": '// Planted.\nimport { z } from "zod";\nexport const f = () => z;\n',
    };
    expect(await rulesIn(files)).toEqual(["third-party packages/engine/package.json:13"]);
    const silent = await rulesIn({ "docs/decisions/0001-zod.md": "# zod-like things\n" });
    expect(silent).toEqual(["decision packages/gateway/package.json:14"]);
  });

  it("finds references that do not follow the dependencies", async () => {
    const file = "packages/engine/tsconfig.json";
    expect(await rulesIn({ [file]: '{"references":[]}' })).toEqual([`references ${file}:1`]);
    expect(await rulesIn({ [file]: '{"references":[{"path":"../runtime"},{"path":"../gateway"}]}' })).toEqual([
      `references ${file}:1`,
    ]);
  });
});

describe("names, sizes, first lines", () => {
  it.each([
    "utils.ts",
    "types.ts",
    "camelCase.ts",
    "snake_case.ts",
    "helpers.test.ts",
    "shared/thing.ts",
    "Core/thing.ts",
  ])("finds %s", async (name) => {
    const found = await rulesIn({ [`packages/engine/src/${name}`]: "// Planted.\nexport const x = 1;\n" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^file-name /);
  });

  it("finds 401 lines, not 400", async () => {
    const lines = (count) => `// Long.\n${"export {};\n".repeat(count - 1)}`;
    expect(await rulesIn({ "tests/long.test.ts": lines(400) })).toEqual([]);
    expect(await rulesIn({ "tests/long.test.ts": lines(401) })).toEqual(["file-size tests/long.test.ts:401"]);
  });

  it("finds a file that does not say what it is", async () => {
    expect(await rulesIn({ "scripts/planted.mjs": "export const x = 1;\n" })).toEqual([
      "first-line scripts/planted.mjs:1",
    ]);
    expect(await rulesIn({ "scripts/planted.mjs": "#!/usr/bin/env node\n// Planted.\nexport const x = 1;\n" })).toEqual(
      [],
    );
  });
});

describe("exceptions", () => {
  const path = "packages/engine/src/planted.ts";
  const row = { file: path, rule: "chance", name: "crypto.randomBytes", reason: "a key needs the kernel's randomness" };
  const text = 'import { randomBytes } from "node:crypto"; export const f = () => randomBytes(8);';

  it("excuse exactly what they name, and a row that excuses nothing is found", async () => {
    expect(await inEngine(text, path, [row])).toEqual([]);
    expect(await inEngine(`${text} export const g = () => Math.random();`, path, [row])).toEqual(["chance@2"]);
    expect(await inEngine("export const f = () => 1;", path, [row])).toEqual(["exception@1"]);
  });
});

describe("the command", () => {
  it("prints file, line, rule and fix and exits 1; 0 on a clean tree", () => {
    const run = (root) =>
      spawnSync(process.execPath, [join(ROOT, "scripts", "check-house.mjs"), "--root", root], { encoding: "utf8" });
    const bad = run(plant({ "packages/engine/src/planted.ts": "// Planted.\n\nexport const f = () => Date.now();\n" }));
    expect(bad.stdout).toContain("packages/engine/src/planted.ts:3 clock: uses Date\n    fix: take a Runtime");
    expect(bad.status).toBe(1);
    const good = run(plant({}));
    expect([good.stdout, good.status]).toEqual(["the house stands as drawn\n", 0]);
  });
});
