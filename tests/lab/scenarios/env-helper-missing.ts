// An apiKeyHelper that is not there.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-07"],
  kind: "fault",
  about: "managed settings name a helper program that is not installed on this machine",
  env: { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-0123456789abcdefghijklmnop" },
  etc: { "claude-code/managed-settings.json": '{ "apiKeyHelper": "/opt/corp/claude-key" }' },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ENV_KEY_HELPER_MISSING",
    exit: 1,
    also: ["ENV_MANAGED_KEY_HELPER"],
    says: /opt\/corp\/claude-key/,
  },
};
