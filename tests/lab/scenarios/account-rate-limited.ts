// A rate limit, with the time that it lasts.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-22"],
  kind: "fault",
  about: "429 with retry-after and the limit's headers",
  world: (lab) => {
    lab.answers({
      "POST /v1/messages/count_tokens": apiError(
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
        {
          headers: {
            "retry-after": "17",
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "2026-11-21T10:00:30Z",
          },
        },
      ),
    });
  },
  args: ["--as", "node"],
  expect: { verdict: "ACCOUNT_RATE_LIMITED", exit: 1, fix: /17 seconds/, says: /requests/ },
};
