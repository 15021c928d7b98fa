// Test run for the whole house: sources directly (no build), one process per file.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * The entries of this checkout's packages, each by its whole name as its source file. Not by the condition `source`: that
 * would hold for packages under node_modules too, of which some ship a source that cannot run here; and without it the
 * tests would run on whatever was built last.
 */
function sources() {
  const packages = new URL("packages/", import.meta.url);
  const folders = readdirSync(packages).filter((folder) => existsSync(new URL(`${folder}/package.json`, packages)));
  return folders.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), "utf8")) as {
      name: string;
      exports: { [entry: string]: { source: string } };
    };
    return Object.entries(exports).map(([entry, { source }]) => ({
      find: new RegExp(`^${name}${entry.slice(1)}$`),
      replacement: fileURLToPath(new URL(`${folder}/${source}`, packages)),
    }));
  });
}

export default defineConfig({
  resolve: { alias: sources() },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.mjs", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "bench/out/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
