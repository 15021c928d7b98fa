// The key of an organisation that is no more.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-09"],
  kind: "fault",
  about: "This organization has been disabled",
  world: (lab) => {
    lab.answers({ "* /v1/*": apiError(400, "invalid_request_error", "This organization has been disabled.") });
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_ORG_DISABLED", exit: 1, fix: /ANTHROPIC_API_KEY/ },
};
