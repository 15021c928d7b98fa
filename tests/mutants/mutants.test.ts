// Tests of the planted faults: each still has its place, no policy is without, and a few by chance are noticed for real.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, systemRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { ROOT } from "./copy.ts";
import { runAll, runClean } from "./crew.ts";
import { planted } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

const ENGINE = "packages/engine/src";
const LEAST = 5;
/** Files without behaviour: options, numbers, types. */
const PLAIN = ["policies/admission-options.ts", "mechanics/queue-numbers.ts", "mechanics/queue-surface.ts"];
/** Faults that are planted in each run. */
const PLAYED = 4;

const sourcesIn = (folder: string) =>
  readdirSync(join(ROOT, ENGINE, folder))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`)
    .filter((file) => !PLAIN.includes(file));

describe("the list", () => {
  test("every fault has its place, exactly once, and changes something; its tests are there", () => {
    const lost = MUTANTS.filter((mutant) => {
      const source = readFileSync(join(ROOT, mutant.file), "utf8");
      const changed = planted(source, mutant);
      return changed === undefined || changed === source || !mutant.tests.every((one) => existsSync(join(ROOT, one)));
    });
    expect(lost.map(({ file, what, find }) => `${file}: ${what}: ${find}`)).toEqual([]);
  });

  test("every policy and mechanic has at least five faults, and every file of them at least one", () => {
    const count = (of: readonly string[]) => {
      const counts = new Map<string, number>();
      for (const one of of) counts.set(one, (counts.get(one) ?? 0) + 1);
      return counts;
    };
    const few = [...count(MUTANTS.map(({ policy }) => policy))].filter(([, faults]) => faults < LEAST);
    expect(few).toEqual([]);
    const byFile = count(MUTANTS.map(({ file }) => file.slice(ENGINE.length + 1)));
    expect(sourcesIn("policies").filter((file) => (byFile.get(file) ?? 0) < LEAST)).toEqual([]);
    expect(sourcesIn("mechanics").filter((file) => !byFile.has(file))).toEqual([]);
  });

  test("no two faults are the same", () => {
    const names = MUTANTS.map(({ policy, file, what }) => `${policy} ${file} ${what}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

test("a few by chance turn their tests red, which are green without them", async () => {
  const seed = process.env["FAIRLEAD_MUTANTS_SEED"] ?? Math.floor(systemRandom().next() * 2 ** 32).toString(36);
  console.log(`planted faults chosen by FAIRLEAD_MUTANTS_SEED=${seed}`);
  const random = seededRandom(seed);
  const left = [...MUTANTS];
  const chosen = Array.from({ length: PLAYED }, () => left.splice(Math.floor(random.next() * left.length), 1)).flat();
  const clean = await runClean([...new Set(chosen.flatMap(({ tests }) => tests))]);
  expect(clean).toEqual([]);
  const verdicts = await runAll(chosen, 1, () => {});
  expect(verdicts.map(({ mutant, how }) => [mutant.what, how])).toEqual(chosen.map(({ what }) => [what, "red"]));
}, 120_000);
