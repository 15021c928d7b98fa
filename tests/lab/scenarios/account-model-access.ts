// A model that the workspace excludes.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 permission_error for the model",
  world: (lab) => {
    lab.answers({
      "POST /v1/messages/count_tokens": apiError(
        403,
        "permission_error",
        "Your workspace does not have access to model claude-opus-5-5.",
      ),
    });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_MODEL: "claude-opus-5-5" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_MODEL_ACCESS", exit: 1, says: /claude-opus-5-5/ },
};
