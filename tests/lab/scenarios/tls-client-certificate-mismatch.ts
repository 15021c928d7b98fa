// A client certificate with the key of another.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway with mutual TLS, and CLAUDE_CODE_CLIENT_KEY is the key of another certificate",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", mode: "client-cert" });
  },
  env: {
    ANTHROPIC_BASE_URL: "https://gw.lab.example",
    ANTHROPIC_AUTH_TOKEN: "{KEY}",
    CLAUDE_CODE_CLIENT_CERT: "{PKI:client.pem}",
    CLAUDE_CODE_CLIENT_KEY: "{PKI:leaf.key}",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_CLIENT_CERT_REQUIRED", exit: 1, also: ["TLS_CLIENT_CERT_UNUSABLE"] },
};
