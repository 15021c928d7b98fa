// A gateway that takes long before every answer.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "4 s before every answer, with a list of models",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      delayMs: 4_000,
      answers: {
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "POST /v1/messages/count_tokens": { body: { input_tokens: 8 } },
        "GET /v1/models": { body: { data: [{ type: "model", id: "claude-sonnet-4-5" }], has_more: false } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_SLOW", exit: 0, says: /4\.\d s|4\.\d 秒/, maxMs: 8_000 },
};
