// A monthly cap that looks like a rate limit.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-22"],
  kind: "fault",
  about: "429 without retry-after",
  world: (lab) => {
    lab.answers({
      "POST /v1/messages/count_tokens": apiError(
        429,
        "rate_limit_error",
        "You have reached your API usage limits: your organization has crossed its monthly API usage threshold.",
        { code: "enforced_spend_limit_reached" },
      ),
    });
  },
  args: ["--as", "node"],
  expect: { verdict: "ACCOUNT_SPEND_CAP", exit: 1, fix: /settings\/limits/ },
};
