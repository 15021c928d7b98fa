// A resource of Foundry that does not exist.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ANTHROPIC_FOUNDRY_RESOURCE is misspelt: the name is unknown everywhere, and nobody filters it",
  world: (lab) => lab.dns({ answers: { "*.services.ai.azure.com": null } }),
  env: {
    CLAUDE_CODE_USE_FOUNDRY: "1",
    ANTHROPIC_FOUNDRY_RESOURCE: "my-resourse",
    ANTHROPIC_FOUNDRY_API_KEY: "abcdef0123456789abcdef",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_NXDOMAIN", exit: 1, says: /made from ANTHROPIC_FOUNDRY_RESOURCE/, fix: /my-resourse/ },
};
