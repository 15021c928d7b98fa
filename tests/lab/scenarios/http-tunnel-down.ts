// A Cloudflare tunnel has no other end.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "530 with error code 1033",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": {
          status: 530,
          headers: { server: "cloudflare", "cf-ray": "8abc-FRA", "content-type": "text/plain" },
          body: "error code: 1033",
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_RELAY_ORIGIN_DOWN", exit: 1, fix: /530/ },
};
