// Foundry without the name of its resource.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "CLAUDE_CODE_USE_FOUNDRY is on and ANTHROPIC_FOUNDRY_RESOURCE nowhere",
  world: (lab) => lab.dns({ answers: { "*.services.ai.azure.com": null } }),
  env: { CLAUDE_CODE_USE_FOUNDRY: "1", ANTHROPIC_FOUNDRY_API_KEY: "abcdef0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLOUD_SETTING", exit: 1, says: /ANTHROPIC_FOUNDRY_RESOURCE is/, fix: /FOUNDRY_RESOURCE=/ },
};
