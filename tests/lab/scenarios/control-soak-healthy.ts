// idle connections live through eight seconds

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "idle connections live through eight seconds",
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: { verdict: null, exit: 0 },
};
