// Texts that are made to take a machine's time or stack are refused like any other that is wrong.

import { expect, it } from "vitest";
import { MOST_PROBLEMS, readYaml } from "./document.ts";
import { readConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

function problemsOf(text: string): { readonly count: number; readonly first: string } {
  try {
    readConfig(text, "/nowhere/fairlead.yaml", {});
  } catch (e) {
    if (!ConfigError.is(e)) throw e;
    return { count: e.problems.length, first: e.problems[0]?.message ?? "" };
  }
  return { count: 0, first: "" };
}

it("aliases of aliases, which stand for billions of values", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    );
  expect(problemsOf(lines.join("\n"))).toMatchObject({ count: 1, first: expect.stringContaining("aliases") });
});

it.each([
  ["lists", (n: number) => `a: ${"[".repeat(n)}${"]".repeat(n)}`],
  ["blocks", (n: number) => Array.from({ length: n }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
])("nesting of %s: a hundred levels are enough", (_, nested) => {
  expect(readYaml(nested(90)).syntax).toEqual([]);
  for (const n of [110, 400]) expect(problemsOf(nested(n)).first).toContain("nested too deep");
});

// With a search of each key among all others this took longer than a test may.
it("of 40,000 keys that are all alike, or none of them known, not every one is told", () => {
  const alike = problemsOf("k: 1\n".repeat(40_000));
  expect(alike).toMatchObject({ count: 20, first: "this key stands here twice; keep one" });
  const unknown = problemsOf(Array.from({ length: 40_000 }, (_, i) => `k${i}: "\${N${i}}"\n`).join(""));
  expect(unknown.count).toBeGreaterThan(100);
  expect(unknown.count).toBeLessThanOrEqual(MOST_PROBLEMS);
});

it("a key that stands twice is told with its place, in blocks and in lists of blocks", () => {
  const told = (text: string) => readYaml(text).syntax.map(({ line, column }) => [line, column]);
  expect(told("a: 1\nb: 2\na: 3\n")).toEqual([[3, 1]]);
  expect(told("a:\n  - { b: 1, c: 2, b: 3 }\n")).toEqual([[2, 19]]);
  expect(told('a: 1\n"a": 2\n')).toEqual([[2, 1]]);
  expect(told("a: { b: 1 }\nc: { b: 1 }\n")).toEqual([]);
});
