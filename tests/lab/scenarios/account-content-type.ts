// A hop that loses the content type.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "415 to every content type",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "GET /v1/models": { body: { data: [{ type: "model", id: "claude-sonnet-4-5" }], has_more: false } },
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "POST /v1/messages/count_tokens": {
          status: 415,
          body: { error: { message: "Unsupported Media Type", type: "invalid" } },
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_CONTENT_TYPE", exit: 1, fix: /Content-Type/ },
};
