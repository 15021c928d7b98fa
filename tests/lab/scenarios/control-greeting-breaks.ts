// A gateway that breaks over the greeting and is well otherwise.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "500 for a message without words, and the token count works",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /v1/messages": {
          status: 500,
          body: { error: { message: "list index out of range", type: "server_error" } },
        },
        "GET /v1/models": { body: { data: [{ id: "claude-haiku-4-5" }] } },
        "POST /v1/messages/count_tokens": { body: { input_tokens: 3 } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
