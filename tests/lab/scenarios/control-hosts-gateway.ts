// A private gateway that only the hosts file knows.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a working private gateway whose name stands in the hosts file only",
  world: (lab) => lab.origin({ address: "10.77.2.50" }),
  etc: { hosts: "127.0.0.1 localhost\n10.77.2.50 claude.corp.example\n" },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
