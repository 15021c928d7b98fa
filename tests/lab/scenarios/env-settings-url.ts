// A base URL in the settings that beats the one of the shell.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-03"],
  kind: "fault",
  about: "the shell names the team's gateway, settings.json still says api.anthropic.com",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "corp-team-token-0123456789" },
  home: { ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://api.anthropic.com"\n  }\n}' },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ENV_SETTINGS_OVERRIDE_SHELL",
    exit: 1,
    fix: /\+3 .*\.claude\/settings\.json/,
    says: /claude\.corp\.example/,
  },
};
