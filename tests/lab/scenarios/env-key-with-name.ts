// The whole line of a shell as the value of the key.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY=ANTHROPIC_API_KEY=sk-ant-…, pasted into a form",
  env: { ANTHROPIC_API_KEY: "ANTHROPIC_API_KEY={KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "ENV_BEARER_TYPED", exit: 1, not: ["ENV_KEY_FOREIGN"], fix: /sed -E/ },
};
