// The doctor in every world of the lab: each scenario on Node 24 and on one of the others in turn, and once in Chinese.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureNodes } from "../../scripts/nodes.mjs";
import { countOf, coverageProblems } from "./coverage.ts";
import { scenarioColumns } from "./document.ts";
import type { Judged } from "./judge.ts";
import { hindrance, play, readScenarios } from "./play.ts";
import type { NodeMajor } from "./scenario.ts";
import { SLOTS } from "./slots.ts";
import { missingTools } from "./tools.ts";

const OTHERS = [20, 22, 26] as const;
const scenarios = await readScenarios();
const why = missingTools() ?? (await hindrance());

let judged: readonly Judged[] = [];
beforeAll(async () => {
  if (why !== undefined) return;
  const nodes = ensureNodes() as ReadonlyMap<NodeMajor, string>;
  judged = await play({ scenarios, nodes, jobs: SLOTS, pick: (_, index) => [24, OTHERS[index % OTHERS.length] ?? 20] });
}, 900_000);

test("worlds can be made here", ({ skip }) => {
  if (why !== undefined) skip(why);
});

describe.skipIf(why !== undefined)("the doctor is right", () => {
  test.each(scenarios.map(({ name }) => name))("in %s", (name) => {
    const runs = judged.filter((one) => one.name === name);
    expect(runs.length).toBeGreaterThan(0);
    expect(
      runs.flatMap(({ major, language, problems }) =>
        problems.map((problem) => `Node ${major} ${language}: ${problem}`),
      ),
    ).toEqual([]);
  });
});

test("every row of the catalogue is played, or listed with the reason why not", () => {
  expect(coverageProblems(scenarios)).toEqual([]);
});

test("there are faults enough, and lines that work, and pairs", () => {
  expect(countOf(scenarios, "fault")).toBeGreaterThanOrEqual(70);
  expect(countOf(scenarios, "control")).toBeGreaterThanOrEqual(15);
  expect(countOf(scenarios, "composite")).toBeGreaterThanOrEqual(10);
});

test("docs/doctor-lab.md has the same scenarios; `npm run doctor:lab` writes it anew", () => {
  const text = readFileSync(new URL("../../docs/doctor-lab.md", import.meta.url), "utf8");
  expect(scenarios.map(scenarioColumns).filter((columns) => !text.includes(columns))).toEqual([]);
});
