// An apiKeyHelper that may not be run.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-07"],
  kind: "fault",
  about: "the script of apiKeyHelper is there, without the permission to run",
  env: { ANTHROPIC_API_KEY: null },
  home: { ".claude/settings.json": '{"apiKeyHelper":"~/bin/key.sh"}', "bin/key.sh": "echo sk-ant-api03-x\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_HELPER_MISSING", exit: 1, fix: /chmod \+x ~\/bin\/key\.sh/ },
};
