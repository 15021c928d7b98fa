// A relay behind Cloudflare whose own server is down.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "Cloudflare answers 521 in front of a relay",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: true,
      answers: { "* *": { status: 521, headers: { "content-type": "text/plain" }, body: "error code: 521" } },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_RELAY_ORIGIN_DOWN", exit: 1, fix: /claude\.relay\.example/ },
};
