// A comma too many in settings.json.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the key stands in a settings file that is no JSON, so there is none",
  env: { ANTHROPIC_API_KEY: null },
  home: { ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_API_KEY": "{KEY}",\n  }\n}\n' },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_SETTINGS_BROKEN", exit: 1, fix: /\+4 /, says: /settings\.json line 4/ },
};
