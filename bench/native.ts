// The two measuring programs in C: built when their source is newer than the binary.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The directory of the bench, its results, and the checkout. */
export const BENCH = import.meta.dirname;
export const OUT = join(BENCH, "out");
export const CHECKOUT = join(BENCH, "..");

/** Paths of the built programs. */
export interface Native {
  mock: string;
  load: string;
}

function build(name: string): string {
  const source = join(BENCH, "native", `${name}.c`);
  const binary = join(OUT, name);
  const newest = Math.max(statSync(source).mtimeMs, statSync(join(BENCH, "native", "wire.h")).mtimeMs);
  if (!existsSync(binary) || statSync(binary).mtimeMs < newest)
    execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-o", binary, source], { stdio: "inherit" });
  return binary;
}

/** Compiles mock and load with gcc -O2 where needed. Throws when gcc is missing or refuses. */
export function buildNative(): Native {
  mkdirSync(OUT, { recursive: true });
  return { mock: build("mock"), load: build("load") };
}
