// Tests of limits that are kept in the store: beside the file's, and anew with each change.

import { expect, test } from "vitest";
import { Plans, projectScope, type Rule } from "./rules.ts";
import { withStored } from "./stored-rules.ts";

const FILE: readonly Rule[] = [{ scope: projectScope("web"), allowance: { limits: { rpm: 10 } } }];
const WHO = { project: "web", keyId: "k_1" };

function world() {
  const stored = {
    version: 1,
    project: undefined as { limits?: unknown; budget?: unknown } | undefined,
    key: undefined as { name: string; limits?: unknown; budget?: unknown } | undefined,
    projectOf: (name: string) => (name === "web" ? stored.project : undefined),
    keyById: (id: string) =>
      id === "k_1" && stored.key !== undefined ? { id, project: "web", ...stored.key } : undefined,
    serviceOf: () => undefined,
    projects: () => [],
    keys: () => [],
    services: () => [],
  };
  const rulesOf = withStored(() => FILE, stored);
  const plans = new Plans((model) => [model]);
  const limits = () =>
    plans.of(rulesOf(WHO), "m").map(({ scope, dimension, limit }) => [scope.words, dimension, limit] as const);
  return { stored, rulesOf, limits };
}

test("without any in the store the file's list stays the same list", () => {
  const { rulesOf } = world();
  expect(rulesOf(WHO)).toBe(FILE);
  expect(rulesOf(undefined)).toBe(FILE);
});

test("of one limit the lower counts; those of keys are added, under the name of the key", () => {
  const { stored, limits } = world();
  stored.project = { limits: { rpm: 7 }, budget: { usd_per_day: 3 } };
  stored.key = { name: "ci", limits: { otpm: 5 } };
  expect(limits()).toEqual([
    ["project web", "requests", 7],
    ["project web", "usd_per_day", 3e12],
    ["key ci of project web", "output_tokens", 5],
  ]);
});

test("a change counts from the next request on", () => {
  const { stored, limits } = world();
  expect(limits()).toEqual([["project web", "requests", 10]]);
  stored.project = { limits: { rpm: 3 } };
  expect(limits()).toEqual([["project web", "requests", 10]]);
  stored.version += 1;
  expect(limits()).toEqual([["project web", "requests", 3]]);
});
