// Makes a small checkout in a temporary folder for the tests of the house: three rooms in good order, plus what a test plants.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOMS = {
  runtime: [],
  engine: ["@fairlead/runtime"],
  gateway: ["@fairlead/engine", "@fairlead/runtime", "zod"],
};

const SOURCES = {
  "packages/runtime/src/index.ts": "// The runtime.\nexport const now = (): number => Date.now() + Math.random();\n",
  "packages/engine/src/index.ts":
    '// The engine.\nimport { now } from "@fairlead/runtime";\nexport const later = (): number => now() + 1;\n',
  "packages/gateway/src/index.ts":
    '// The gateway.\nimport { later } from "@fairlead/engine";\nimport { now } from "@fairlead/runtime";\nimport { z } from "zod";\nexport const schema = z.object({ at: z.number() });\nexport const serve = (): number => later() - now();\n',
  "packages/gateway/src/config/environment.ts":
    "// Reads the environment.\nexport const home = (): string | undefined => process.env.HOME;\n",
  "packages/engine/src/flow.test.ts": "// Tests may use the clock.\nexport const at = Date.now();\n",
  "tests/world.test.ts":
    '// Tests sit outside the rooms.\nimport { later } from "@fairlead/engine";\nexport const seen = later();\n',
  "docs/decisions/0001-zod.md": "# zod reads the configuration\n",
};

/**
 * Writes the tree.
 * @param {Record<string, string | undefined>} planted path to text, on top of the clean tree; undefined removes a file
 * @returns {{ root: string, remove(): void }}
 */
export function plantTree(planted = {}) {
  const root = mkdtempSync(join(tmpdir(), "fairlead-house-"));
  const files = { ...manifests(), ...SOURCES, ...planted };
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const name of Object.keys(ROOMS))
    link(join(root, "packages", name), join(root, "node_modules", "@fairlead", name));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** package.json of a room of the clean tree, with `changes` on top. */
export function manifest(room, changes = {}) {
  const dependencies = Object.fromEntries(
    (ROOMS[room] ?? []).map((name) => [name, name === "zod" ? "4.6.7" : "0.1.0"]),
  );
  const exports = { ".": { source: "./src/index.ts", default: "./dist/index.js" } };
  return JSON.stringify(
    { name: `@fairlead/${room}`, version: "0.1.0", type: "module", exports, dependencies, ...changes },
    null,
    2,
  );
}

function manifests() {
  const files = { "package.json": JSON.stringify({ name: "checkout", devDependencies: { vitest: "5.1.1" } }) };
  for (const [room, names] of Object.entries(ROOMS)) {
    const references = names
      .filter((name) => name !== "zod")
      .map((name) => ({ path: name.replace("@fairlead/", "../") }));
    files[`packages/${room}/package.json`] = manifest(room);
    files[`packages/${room}/tsconfig.json`] = JSON.stringify({ references });
  }
  return files;
}

function link(target, path) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
