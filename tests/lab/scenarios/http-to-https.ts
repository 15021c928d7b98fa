// The base URL says http, and everything is sent on to https.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a redirect to the same host over HTTPS",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      port: 80,
      mode: "plain",
      backend: "not-found",
      edge: false,
      answers: { "* *": { status: 308, headers: { location: "https://claude.relay.example/v1/messages" } } },
    });
  },
  env: { ANTHROPIC_BASE_URL: "http://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WANTS_TLS", exit: 1, fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.relay\.example$/m },
};
