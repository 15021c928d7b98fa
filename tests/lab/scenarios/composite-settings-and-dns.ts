// An old base URL in the settings beats the shell, and its name is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "settings.json names a gateway that the shell does not, and that name is gone from DNS",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.anthropic.com" },
  home: {
    ".claude/settings.json": JSON.stringify({ env: { ANTHROPIC_BASE_URL: "https://old-gateway.corp.example" } }),
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_SETTINGS_OVERRIDE_SHELL", exit: 1, also: ["DNS_NXDOMAIN"] },
};
