// The base URL leads to a vendor's sign-up page.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a page with a form and terms of use, under a genuine certificate",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: { "* *": page(200, "Relay - sign up", '<form action="/signup"></form><a href="/tos">Terms of use</a>') },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WEB_FRONT", exit: 1, not: ["HTTP_CAPTIVE_PORTAL"] },
};
