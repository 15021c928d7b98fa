// The base URL ends in /v1, and programs add another one.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-12"],
  kind: "fault",
  about: "a relay's base URL with /v1 at its end, in a path that no look at the text can call wrong",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /claude/v1/messages": apiError(401, "authentication_error", "x-api-key header is required"),
        "* *": { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found" },
      },
    });
  },
  env: {
    ANTHROPIC_BASE_URL: "https://claude.relay.example/claude/v1/messages",
    ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef",
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_WRONG_PATH", exit: 1, fix: /claude\.relay\.example\/claude/ },
};
