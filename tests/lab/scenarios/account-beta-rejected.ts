// A gateway that hands Anthropic's betas on to Vertex.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-13"],
  kind: "fault",
  about: "Unexpected value(s) for the anthropic-beta header",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "GET /v1/models": { body: { data: [{ type: "model", id: "claude-sonnet-4-5" }], has_more: false } },
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "POST /v1/messages/count_tokens": apiError(
          400,
          "invalid_request_error",
          "Unexpected value(s) `prompt-caching-scope-2026-01-05` for the `anthropic-beta` header.",
          { headers: { "request-id": "req_vrtx_lab" } },
        ),
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_BETA_REJECTED", exit: 1, fix: /CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS/ },
};
