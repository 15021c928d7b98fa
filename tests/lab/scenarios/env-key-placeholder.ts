// The key of an example.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY is your-api-key-here",
  env: { ANTHROPIC_API_KEY: "your-api-key-here" },
  args: ["--as", "python"],
  expect: { verdict: "ENV_KEY_PLACEHOLDER", exit: 1, fix: /read -rs ANTHROPIC_API_KEY/ },
};
