// A healthy line over IPv4 and IPv6.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "everything works, over IPv4 and IPv6",
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0, maxMs: 2_000 },
};
