// The gateway has moved to another host, and its old address redirects there.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "308 to another host, where the key must not go",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: { "* *": { status: 308, headers: { location: "https://api.anthropic.com/v1/messages" } } },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_REDIRECTED", exit: 1, fix: /ask whoever runs|确认/ },
};
