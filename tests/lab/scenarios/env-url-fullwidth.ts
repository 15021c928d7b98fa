// A base URL typed with a Chinese input method.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the base URL holds a full-width colon",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https\uff1a//api.anthropic.com" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_FULLWIDTH", exit: 1, fix: /unset ANTHROPIC_BASE_URL/ },
};
