// A model that the Google project has not enabled.

import { googleError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-12"],
  kind: "fault",
  about: "not allowed to use Publisher Model",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.50",
      answers: {
        "* *": googleError(
          400,
          "FAILED_PRECONDITION",
          "Project lab-project is not allowed to use Publisher Model claude-haiku-4-5",
        ),
      },
    });
  },
  env: {
    CLAUDE_CODE_USE_VERTEX: "1",
    CLOUD_ML_REGION: "us-east5",
    ANTHROPIC_VERTEX_PROJECT_ID: "lab-project",
    CLOUDSDK_AUTH_ACCESS_TOKEN: "ya29.lab-token-0123456789",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_VERTEX_MODEL", exit: 1, fix: /model-garden/ },
};
