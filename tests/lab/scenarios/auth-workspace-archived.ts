// A key of a workspace that has been archived.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

const REFUSED = apiError(403, "permission_error", "This API key belongs to a workspace that has been archived.");

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 permission_error that names an archived workspace",
  world: (lab) => {
    lab.answers({ "GET /v1/models": REFUSED, "POST /v1/messages/count_tokens": REFUSED });
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_PERMISSION", exit: 1, fix: /settings\/keys/, says: /workspace|工作区/ },
};
