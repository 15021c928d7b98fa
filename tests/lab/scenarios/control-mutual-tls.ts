// A gateway with mutual TLS, and the certificate that it wants.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a gateway wants a client certificate, and Claude Code has one",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", mode: "client-cert" });
  },
  env: {
    ANTHROPIC_BASE_URL: "https://gw.lab.example",
    ANTHROPIC_AUTH_TOKEN: "{KEY}",
    CLAUDE_CODE_CLIENT_CERT: "{PKI:client.pem}",
    CLAUDE_CODE_CLIENT_KEY: "{PKI:client.key}",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
