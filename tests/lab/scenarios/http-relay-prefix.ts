// The base URL lacks the relay's prefix.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-12"],
  kind: "fault",
  about: "the API is under /api, the base URL has no path",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /api/v1/messages": apiError(401, "authentication_error", "x-api-key header is required"),
        "* *": { status: 404, body: { error: "Not Found", message: "Route not found" } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WRONG_PATH", exit: 1, fix: /claude\.relay\.example\/api/ },
};
