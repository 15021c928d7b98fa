// A quota of zero on Vertex.

import { googleError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-12"],
  kind: "fault",
  about: "RESOURCE_EXHAUSTED",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.50",
      answers: {
        "* *": googleError(
          429,
          "RESOURCE_EXHAUSTED",
          "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model",
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
  expect: { verdict: "ACCOUNT_VERTEX_QUOTA", exit: 1, fix: /quotas/ },
};
