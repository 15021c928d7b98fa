// A resolver that takes more than a second.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "every answer of the name server takes 1.2 s",
  world: (lab) => lab.dns({ delayMs: 1_200 }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_SLOW", exit: 0 },
};
