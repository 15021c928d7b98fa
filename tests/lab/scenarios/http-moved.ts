// The gateway has moved, and its old address redirects.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a permanent redirect to another path on the same host",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /old/v1/messages": { status: 301, headers: { location: "/anthropic/v1/messages" } },
        "* *": { status: 404, body: { error: "nothing here" } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example/old", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "HTTP_REDIRECTED",
    exit: 1,
    fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.relay\.example\/anthropic$/m,
  },
};
