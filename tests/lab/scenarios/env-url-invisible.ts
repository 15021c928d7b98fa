// A base URL with a zero-width space, as chats and pages put in.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a zero-width space before https://claude.corp.example",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "\u200bhttps://claude.corp.example" },
  args: ["--as", "node"],
  expect: {
    verdict: "ENV_URL_UNPARSABLE",
    exit: 1,
    says: /character that nobody sees/,
    fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.corp\.example$/,
  },
};
