// A gateway refuses the key for a reason that only it knows.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 to everything that comes with the key",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /v1/messages": apiError(401, "authentication_error", "missing token"),
        "* *": { status: 403, body: { error: { message: "key is not in group vip", type: "group_error" } } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_REFUSED", exit: 1, says: /group vip/ },
};
