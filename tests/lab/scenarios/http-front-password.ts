// A web server asks for a password of its own before the gateway is reached.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "401 of nginx with Basic in front of the gateway",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": page(401, "401 Authorization Required", "", {
          server: "nginx/1.24.0",
          "www-authenticate": 'Basic realm="Restricted"',
        }),
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_FRONT_REFUSES", exit: 1, fix: /password/, not: ["AUTH_INVALID_KEY"] },
};
