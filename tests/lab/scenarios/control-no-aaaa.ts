// A name that has IPv4 addresses only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the name has IPv4 addresses only",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["160.79.104.10"] } }),
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
