// A certificate for another name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway whose certificate is for another name",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", chain: "wrong-name" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_WRONG_NAME", exit: 1, fix: /other-site/ },
};
