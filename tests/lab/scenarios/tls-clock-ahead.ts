// A clock that is 400 days ahead.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the clock of the machine is 400 days ahead",
  world: (lab) => lab.clock("+400d"),
  args: ["--as", "node"],
  expect: { verdict: "TLS_CLOCK_WRONG", exit: 1, fix: /date -u/, says: /400 / },
};
