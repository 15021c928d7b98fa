// Another service's key at Anthropic's door.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-14"],
  kind: "fault",
  about: "a key of a router goes to api.anthropic.com, because the base URL is missing",
  env: { ANTHROPIC_API_KEY: "sk-or-v1-0123456789abcdef0123456789abcdef" },
  args: ["--as", "node"],
  expect: { verdict: "ENV_KEY_FOREIGN", exit: 1, fix: /export ANTHROPIC_BASE_URL=/ },
};
