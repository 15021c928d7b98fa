// A clock that is a minute off.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the clock is 50 s behind, which harms nothing",
  world: (lab) => lab.clock("-50s"),
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
