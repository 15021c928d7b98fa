// The budget of a gateway key is spent.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "400 budget_exceeded, as LiteLLM says it",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /v1/messages": apiError(401, "authentication_error", "No api key passed in."),
        "* *": {
          status: 400,
          body: {
            error: {
              message: "Budget has been exceeded! Current cost: 10.2, Max budget: 5.0",
              type: "budget_exceeded",
              param: null,
              code: "400",
            },
          },
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_CREDIT_LOW", exit: 1, fix: /claude\.relay\.example/ },
};
