// One lane: a process with one copy and one vitest, which runs test files there with one fault planted at a time.

import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import { type Mutant, planted } from "./mutant.ts";

/** What a lane is asked: these test files, with a fault or as they are. */
export interface Asked {
  readonly mutant: Mutant | undefined;
  readonly tests: readonly string[];
}

/** What became of it. */
export interface Told {
  /** red: a test failed. survived: all passed. unloaded: a file could not even be loaded, so that no test spoke. */
  readonly how: "red" | "survived" | "unloaded";
  /** The first test that failed, `file > name`, or the file that could not be loaded. */
  readonly by: string;
  /** Why, in the first line of its error. */
  readonly why: string;
}

/** Longest time of one test, milliseconds: what waits for what never comes is red after this time. */
const TEST_MS = 10_000;

const path = process.argv[2] as string;
const vitest = await createVitest({
  root: path,
  config: join(path, "vitest.config.ts"),
  run: true,
  watch: false,
  maxWorkers: 1,
  testTimeout: TEST_MS,
  // A loop that gathers for ever must not take the machine along.
  execArgv: ["--max-old-space-size=768"],
  reporters: [{}],
});
await vitest.standalone();

process.on("message", async (asked: Asked) => {
  process.send?.(await answer(vitest, asked));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");

async function answer(runner: Vitest, { mutant, tests }: Asked): Promise<Told> {
  if (mutant === undefined) return run(runner, tests);
  const file = join(path, mutant.file);
  const source = readFileSync(file, "utf8");
  const text = planted(source, mutant);
  if (text === undefined)
    return { how: "unloaded", by: mutant.file, why: "the text to change does not occur exactly once" };
  writeFileSync(file, text);
  runner.invalidateFile(file);
  try {
    return await run(runner, tests);
  } finally {
    writeFileSync(file, source);
    runner.invalidateFile(file);
  }
}

/** One file after the other, up to the first that is red. */
async function run(runner: Vitest, tests: readonly string[]): Promise<Told> {
  for (const test of tests) {
    const told = await runFile(runner, test);
    if (told.how !== "survived") return told;
  }
  return { how: "survived", by: "", why: "" };
}

async function runFile(runner: Vitest, file: string): Promise<Told> {
  const specification = runner.getRootProject().createSpecification(join(path, file));
  const { testModules, unhandledErrors } = await runner.runTestSpecifications([specification]);
  // The runner hands back what it knows of earlier runs too.
  const module = testModules.find((one) => nameOf(one) === file);
  for (const test of module?.children.allTests("failed") ?? []) {
    const error = test.result().errors?.[0];
    return { how: "red", by: `${file} > ${test.fullName}`, why: firstLine(error?.message) };
  }
  const [error] = module?.errors() ?? [];
  if (error !== undefined) return { how: "unloaded", by: file, why: firstLine(error.message) };
  const [loose] = unhandledErrors;
  if (loose !== undefined) {
    return { how: "red", by: file, why: firstLine(loose instanceof Error ? loose.message : JSON.stringify(loose)) };
  }
  const passed = [...(module?.children.allTests("passed") ?? [])].length;
  if (passed === 0) return { how: "unloaded", by: file, why: "it ran no test" };
  return { how: "survived", by: "", why: "" };
}

function nameOf({ moduleId }: TestModule): string {
  return relative(path, moduleId);
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0] as string;
}
