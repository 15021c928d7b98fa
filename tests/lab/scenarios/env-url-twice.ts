// Two schemes in the base URL.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "https://https://claude.corp.example",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://https://claude.corp.example" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ENV_URL_UNPARSABLE",
    exit: 1,
    says: /twice/,
    fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.corp\.example$/,
  },
};
