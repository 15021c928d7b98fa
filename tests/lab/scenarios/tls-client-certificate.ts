// A gateway with mutual TLS.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway that wants a client certificate, and none is configured",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", mode: "client-cert" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_CLIENT_CERT_REQUIRED", exit: 1, fix: /CLAUDE_CODE_CLIENT_CERT/ },
};
