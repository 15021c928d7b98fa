// How fast the doctor starts, and how fast it finds that nothing is wrong, with nothing else running.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { play, readScenarios } from "./play.ts";
import type { NodeMajor } from "./scenario.ts";

/** One Node's figures, milliseconds, medians. */
export interface Speed {
  readonly major: number;
  /** `fairlead-doctor --version`, process start to end. */
  readonly startMs: number;
  /** Quick examination of a healthy line, as it tells itself. */
  readonly examinedMs: number;
}

const DOCTOR = join(
  dirname(fileURLToPath(import.meta.url)),
  "..",
  "..",
  "packages",
  "doctor",
  "bin",
  "fairlead-doctor.js",
);

/** Measures each Node, `rounds` times. */
export async function measureSpeed(nodes: ReadonlyMap<NodeMajor, string>, rounds = 5): Promise<Speed[]> {
  const judged = await play({
    scenarios: await readScenarios(["control-healthy-v4-v6"]),
    nodes,
    jobs: 1,
    repeat: rounds,
    chinese: false,
  });
  return [...nodes].map(([major, node]) => {
    const starts = Array.from({ length: rounds }, () => {
      const began = performance.now();
      spawnSync(node, [DOCTOR, "--version"], { env: {} });
      return performance.now() - began;
    });
    const examined = judged.filter((one) => one.major === major).map(({ examinedMs }) => examinedMs ?? Number.NaN);
    return { major, startMs: median(starts), examinedMs: median(examined) };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
