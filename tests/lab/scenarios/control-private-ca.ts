// A gateway with a certificate of the company, which the program is told to trust.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a gateway with a certificate of the company's own CA, and NODE_EXTRA_CA_CERTS names that CA",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50", chain: "private" });
  },
  env: {
    ANTHROPIC_BASE_URL: "https://claude.corp.example",
    ANTHROPIC_API_KEY: "{KEY}",
    NODE_EXTRA_CA_CERTS: "{PKI:private-root.pem}",
  },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
