// A key of blanks only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-05"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY holds three blanks: as good as empty",
  env: { ANTHROPIC_API_KEY: "   " },
  args: ["--as", "node"],
  expect: { verdict: "ENV_EMPTY_CREDENTIAL", exit: 1, fix: /unset ANTHROPIC_API_KEY/ },
};
