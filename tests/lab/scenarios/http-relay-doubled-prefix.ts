// The base URL holds the relay's prefix twice.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-12"],
  kind: "fault",
  about: "/api/api in place of /api",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /api/v1/messages": apiError(401, "authentication_error", "x-api-key header is required"),
        "* *": { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found" },
      },
    });
  },
  env: {
    ANTHROPIC_BASE_URL: "https://claude.relay.example/api/api",
    ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef",
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_WRONG_PATH", exit: 1, fix: /claude\.relay\.example\/api( |\.|$)/ },
};
