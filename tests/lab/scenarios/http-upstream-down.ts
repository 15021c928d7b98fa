// A web server before the gateway cannot reach it.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "nginx answers 502",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": page(
          502,
          "502 Bad Gateway",
          "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.24.0</center>",
          { server: "nginx/1.24.0" },
        ),
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_GATEWAY_UPSTREAM_DOWN", exit: 1, fix: /error log/, says: /nginx/ },
};
