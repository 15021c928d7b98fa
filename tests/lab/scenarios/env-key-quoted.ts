// A key with its quotation marks.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "quotation marks are part of ANTHROPIC_API_KEY",
  env: { ANTHROPIC_API_KEY: '"{KEY}"' },
  args: ["--as", "node"],
  expect: { verdict: "ENV_KEY_QUOTED", exit: 1, fix: /export ANTHROPIC_API_KEY="\$\(printf .* tr -d/ },
};
