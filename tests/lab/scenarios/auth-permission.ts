// A key that may not do what is asked.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

const REFUSED = apiError(
  403,
  "permission_error",
  "Your API key does not have permission to use the specified resource.",
);

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 permission_error on everything",
  world: (lab) => {
    lab.answers({ "GET /v1/models": REFUSED, "POST /v1/messages/count_tokens": REFUSED });
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_PERMISSION", exit: 1, fix: /administrator/ },
};
