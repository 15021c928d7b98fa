// A line with round trips of 300 ms.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "round trips of 300 ms, and a program that waits for them (curl)",
  world: (lab) => lab.line({ delayMs: 150 }),
  args: ["--as", "curl"],
  expect: { verdict: null, exit: 0 },
};
