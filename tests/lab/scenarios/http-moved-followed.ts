// The gateway has moved within its host, and the program follows with its message.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "308 to another path on the same host, which Claude Code follows",
  world: (lab) => {
    const on = (path: string) => ({ status: 308, headers: { location: path } });
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /old/v1/messages": on("/anthropic/v1/messages"),
        "POST /old/v1/messages/count_tokens": on("/anthropic/v1/messages/count_tokens"),
        "GET /old/v1/models": on("/anthropic/v1/models?limit=1000"),
        "POST /anthropic/v1/messages": apiError(401, "authentication_error", "missing token"),
        "POST /anthropic/v1/messages/count_tokens": { body: { input_tokens: 8 } },
        "GET /anthropic/v1/models": { body: { data: [{ type: "model", id: "claude-sonnet-4-5" }], has_more: false } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example/old", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "HTTP_REDIRECTED",
    exit: 0,
    fix: /ANTHROPIC_BASE_URL=https:\/\/claude\.relay\.example\/anthropic$/m,
  },
};
