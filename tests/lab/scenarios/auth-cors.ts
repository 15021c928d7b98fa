// An organisation that allows no calls from browsers.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

const CORS = apiError(
  401,
  "authentication_error",
  "CORS requests are not allowed for this Organization because of its settings.",
);

export const scenario: Scenario = {
  rows: ["API-23"],
  kind: "fault",
  about: "401 CORS requests are not allowed",
  world: (lab) => {
    lab.answers({ "GET /v1/models": CORS, "POST /v1/messages/count_tokens": CORS });
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_CORS", exit: 1, fix: /Origin/ },
};
