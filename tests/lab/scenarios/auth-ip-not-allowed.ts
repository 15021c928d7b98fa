// An organisation that lets requests in from its own addresses only.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

const REFUSED = apiError(
  403,
  "permission_error",
  "Access from IP address 198.51.100.7 is not allowed by your organization's IP allowlist.",
);

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 permission_error that names the address of the caller",
  world: (lab) => {
    lab.answers({ "GET /v1/models": REFUSED, "POST /v1/messages/count_tokens": REFUSED });
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_PERMISSION", exit: 1, fix: /198\.51\.100\.7/, says: /public address|公网地址/ },
};
