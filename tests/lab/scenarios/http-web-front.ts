// The base URL leads to the vendor's web site.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-13"],
  kind: "fault",
  about: "pages in place of answers",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: { "* *": page(404, "Relay - Sign up", "<p>This page could not be found.</p>", { server: "Vercel" }) },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WEB_FRONT", exit: 1, fix: /documents/ },
};
