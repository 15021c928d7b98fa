// Settings that say the same as the shell.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "settings.json holds the same values as the shell",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.anthropic.com" },
  home: {
    ".claude/settings.json": JSON.stringify({
      env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.anthropic.com" },
    }),
  },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
