// Prepaid credit is used up.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-08"],
  kind: "fault",
  about: "Credit balance is too low, seen with --spend only",
  world: (lab) => {
    lab.answers({
      "POST /v1/messages": apiError(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
      ),
    });
  },
  args: ["--as", "node", "--spend"],
  expect: { verdict: "ACCOUNT_CREDIT_LOW", exit: 1, fix: /billing/ },
};
