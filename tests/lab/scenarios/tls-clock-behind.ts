// A clock that is two years behind.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the clock of the machine is two years behind",
  world: (lab) => lab.clock("-730d"),
  args: ["--as", "node"],
  expect: { verdict: "TLS_CLOCK_WRONG", exit: 1, fix: /date -u/ },
};
