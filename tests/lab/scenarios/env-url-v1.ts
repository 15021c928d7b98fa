// A base URL that ends with /v1.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the base URL holds the path that the program adds itself",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.anthropic.com/v1" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_HAS_PATH", exit: 1, not: ["ACCOUNT_MODEL_NOT_FOUND"], fix: /unset ANTHROPIC_BASE_URL/ },
};
