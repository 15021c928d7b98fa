// The base URL says http, and its port wants HTTPS.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the words of nginx for HTTP on a port for HTTPS",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      port: 8443,
      mode: "plain",
      backend: "not-found",
      edge: false,
      answers: { "* *": page(400, "400 The plain HTTP request was sent to HTTPS port", "", { server: "nginx" }) },
    });
  },
  env: { ANTHROPIC_BASE_URL: "http://claude.relay.example:8443", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WANTS_TLS", exit: 1, fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.relay\.example:8443/ },
};
