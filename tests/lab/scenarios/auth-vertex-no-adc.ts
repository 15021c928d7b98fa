// No Google credentials anywhere.

import { googleError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-12"],
  kind: "fault",
  about: "Could not load the default credentials",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.50",
      answers: { "* *": googleError(401, "UNAUTHENTICATED", "Request is missing required authentication credential.") },
    });
  },
  env: { CLAUDE_CODE_USE_VERTEX: "1", CLOUD_ML_REGION: "us-east5", ANTHROPIC_VERTEX_PROJECT_ID: "lab-project" },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_VERTEX_NO_ADC", exit: 1, fix: /gcloud auth application-default login/ },
};
