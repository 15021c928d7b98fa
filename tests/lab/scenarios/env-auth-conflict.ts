// A gateway token that is left beside the API key.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-06"],
  kind: "fault",
  about: "ANTHROPIC_AUTH_TOKEN of a former gateway goes along with a good API key, and wins",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_AUTH_TOKEN: "left-over-gateway-token-1234" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_AUTH_CONFLICT", exit: 1, fix: /unset ANTHROPIC_AUTH_TOKEN/ },
};
