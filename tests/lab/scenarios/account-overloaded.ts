// All capacity of the model is in use.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-20"],
  kind: "fault",
  about: "529 overloaded_error",
  world: (lab) => {
    lab.answers({ "POST /v1/messages/count_tokens": apiError(529, "overloaded_error", "Overloaded") });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_OVERLOADED", exit: 1 },
};
