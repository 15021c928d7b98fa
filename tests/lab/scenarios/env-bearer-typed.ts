// A token with Bearer typed in front of it.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-06"],
  kind: "fault",
  about: "ANTHROPIC_AUTH_TOKEN begins with the word that the program adds itself",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "Bearer {KEY}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_BEARER_TYPED", exit: 1, fix: /ANTHROPIC_AUTH_TOKEN/ },
};
