// An empty key in the settings hides the real one of the shell.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-05"],
  kind: "fault",
  about: "settings.json sets ANTHROPIC_API_KEY to nothing",
  env: { ANTHROPIC_API_KEY: "{KEY}" },
  home: { ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_API_KEY": ""\n  }\n}' },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_EMPTY_CREDENTIAL", exit: 1, fix: /\+3 .*\.claude\/settings\.json/ },
};
