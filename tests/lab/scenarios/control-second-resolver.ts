// A second name server that is never asked.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the second name server is dead, the first answers everything",
  etc: { "resolv.conf": "nameserver 10.77.1.1\nnameserver 10.77.1.99\n" },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
