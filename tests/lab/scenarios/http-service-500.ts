// The service itself fails.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "every message gets 500 by the API",
  world: (lab) => {
    lab.answers({ "* *": apiError(500, "api_error", "Internal server error") });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_SERVICE_ERROR", exit: 1, fix: /req_lab_api_error/, says: /Internal server error/ },
};
