// A gateway that has neither a model list nor a token count.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "count_tokens and models answer 404, messages work",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "* *": { status: 404, body: { error: { message: "unknown path", type: "not_found" } } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
