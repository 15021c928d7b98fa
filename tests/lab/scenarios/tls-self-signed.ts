// A gateway with a certificate that it signed itself.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway with a self-signed certificate",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", chain: "self-signed" });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_SELF_SIGNED", exit: 1, fix: /NODE_EXTRA_CA_CERTS/ },
};
