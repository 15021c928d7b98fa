// An OAuth token in the variable for API keys.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-14"],
  kind: "fault",
  about: "a token that begins with sk-ant-oat stands in ANTHROPIC_API_KEY",
  env: { ANTHROPIC_API_KEY: "sk-ant-oat01-0123456789abcdefghijklmnop" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_WRONG_VARIABLE", exit: 1, fix: /export CLAUDE_CODE_OAUTH_TOKEN="\$ANTHROPIC_API_KEY"/ },
};
