// A gateway that has other models than the doctor would guess.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the doctor's own choice of a model is unknown there, the program names none",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "GET /v1/models": { body: { data: [{ type: "model", id: "team-claude-large" }], has_more: false } },
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "POST /v1/messages/count_tokens": apiError(404, "not_found_error", "model: unknown"),
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
