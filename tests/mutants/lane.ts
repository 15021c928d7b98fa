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
const TEST_MS = 20_000;

const path = process.argv[2] as string;
const vitest = await createVitest({
  root: path,
  config: join(path, "vitest.config.ts"),
  run: true,
  watch: false,
  maxWorkers: 1,
  testTimeout: TEST_MS,
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
  if (text === undefined) return { how: "unloaded", by: mutant.file, why: "the text to change does not occur exactly once" };
  writeFileSync(file, text);
  runner.invalidateFile(file);
  try {
    return await run(runner, tests);
  } finally {
    writeFileSync(file, source);
    runner.invalidateFile(file);
  }
}

async function run(runner: Vitest, tests: readonly string[]): Promise<Told> {
  const project = runner.getRootProject();
  const specifications = tests.map((test) => project.createSpecification(join(path, test)));
  const { testModules, unhandledErrors } = await runner.runTestSpecifications(specifications);
  // The runner hands back what it knows of earlier runs too.
  const modules = testModules.filter((module) => tests.includes(nameOf(module)));
  for (const module of modules) {
    for (const test of module.children.allTests("failed")) {
      const error = test.result().errors?.[0];
      return { how: "red", by: `${nameOf(module)} > ${test.fullName}`, why: firstLine(error?.message) };
    }
  }
  for (const module of modules) {
    const [error] = module.errors();
    if (error !== undefined) return { how: "unloaded", by: nameOf(module), why: firstLine(error.message) };
  }
  const [loose] = unhandledErrors;
  if (loose !== undefined) {
    const why = loose instanceof Error ? loose.message : JSON.stringify(loose);
    return { how: "red", by: tests.join(", "), why: firstLine(why) };
  }
  const ran = modules.filter((module) => [...module.children.allTests("passed")].length > 0);
  if (ran.length < tests.length) return { how: "unloaded", by: tests.join(", "), why: "a test file ran no test" };
  return { how: "survived", by: "", why: "" };
}

function nameOf({ moduleId }: TestModule): string {
  return relative(path, moduleId);
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0] as string;
}
