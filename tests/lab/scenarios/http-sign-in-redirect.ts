// Single sign-on stands in front of the gateway.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "programs are sent to a sign-in page",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": {
          status: 302,
          headers: {
            location: "https://team.cloudflareaccess.com/cdn-cgi/access/login/claude.relay.example",
            server: "cloudflare",
            "cf-ray": "8abc-FRA",
          },
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_REDIRECTED", exit: 1, fix: /service token/, says: /sign-in|登录/ },
};
