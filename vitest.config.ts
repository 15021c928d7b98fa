// Test run for the whole house: sources directly (no build), one process per file.
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Not in ssr.resolve: Node would then take the untranspiled `source` of packages under node_modules too.
  resolve: { conditions: ["source"] },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.mjs", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
