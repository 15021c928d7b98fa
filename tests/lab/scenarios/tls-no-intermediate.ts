// A relay without its intermediate certificate.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-12"],
  kind: "fault",
  about: "a relay serves its certificate without the intermediate",
  world: (lab) => {
    lab.dns({ answers: { "gw.relay.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", chain: "no-intermediate" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.relay.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_CHAIN_INCOMPLETE", exit: 1, fix: /fullchain/ },
};
