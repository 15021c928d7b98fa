// A gateway that drops the beta header and keeps the field.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-14"],
  kind: "fault",
  about: "context_management: Extra inputs are not permitted",
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
          "context_management: Extra inputs are not permitted",
        ),
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ACCOUNT_EXTRA_INPUTS",
    exit: 1,
    fix: /CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS/,
    says: /context_management/,
  },
};
