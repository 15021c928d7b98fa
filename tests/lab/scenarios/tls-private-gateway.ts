// A company gateway whose authority nobody was told of.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway with a certificate of the company, whose root the program does not know",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", chain: "private" });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_PRIVATE_CA", exit: 1, fix: /NODE_EXTRA_CA_CERTS/ },
};
