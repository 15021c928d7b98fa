// A service mesh refuses in front of the gateway.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the words of Envoy for a caller that no policy lets in",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": {
          status: 403,
          headers: { "content-type": "text/plain", server: "istio-envoy" },
          body: "RBAC: access denied",
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_FRONT_REFUSES", exit: 1, fix: /claude\.relay\.example/ },
};
