// A base URL with two letters swapped.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "api.antrhopic.com, which does not exist",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.antrhopic.com" },
  args: ["--as", "node"],
  expect: { verdict: "ENV_URL_TYPO", exit: 1, fix: /unset ANTHROPIC_BASE_URL/ },
};
