// A managed apiKeyHelper in front of an OAuth token.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-07"],
  kind: "fault",
  about: "the organisation's managed settings define apiKeyHelper, the user has CLAUDE_CODE_OAUTH_TOKEN",
  env: { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-0123456789abcdefghijklmnop" },
  etc: { "claude-code/managed-settings.json": '{ "apiKeyHelper": "corp-claude-key" }' },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_MANAGED_KEY_HELPER", exit: 0, fix: /unset CLAUDE_CODE_OAUTH_TOKEN/ },
};
