// The API's address with http in front.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ANTHROPIC_BASE_URL=http://api.anthropic.com",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "http://api.anthropic.com" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_PLAIN_HTTP", exit: 1, fix: /https:\/\/api\.anthropic\.com/ },
};
