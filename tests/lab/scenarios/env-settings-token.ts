// A rotated token whose predecessor stays in the settings.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-04"],
  kind: "fault",
  about: "the shell has the new token, settings.json the old one",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  home: {
    ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_AUTH_TOKEN": "old-corp-token-0123456789abc"\n  }\n}',
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_SETTINGS_OVERRIDE_SHELL", exit: 1, fix: /\+3 .*\.claude\/settings\.json/ },
};
