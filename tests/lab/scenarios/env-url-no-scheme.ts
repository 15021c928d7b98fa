// A base URL without its scheme.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ANTHROPIC_BASE_URL=localhost:4000 in the settings",
  home: { ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "localhost:4000"\n  }\n}' },
  env: { ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_NO_SCHEME", exit: 1, fix: /http:\/\/localhost:4000/ },
};
