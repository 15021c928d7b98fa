// The same resolver for a program that waits.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "questions for AAAA are swallowed, and the program has no time limit for a lookup",
  world: (lab) => lab.dns({ dropAaaa: true }),
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_AAAA_DROPPED", exit: 0 },
};
