// A certificate that begins later.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway whose certificate begins later",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", chain: "not-yet-valid" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_NOT_YET_VALID", exit: 1, fix: /renew/ },
};
