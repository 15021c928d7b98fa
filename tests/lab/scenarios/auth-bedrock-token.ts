// AWS keys that AWS does not know.

import { awsError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-07"],
  kind: "fault",
  about: "The security token included in the request is invalid",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.40",
      answers: {
        "* *": awsError(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
      },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_BEDROCK_TOKEN", exit: 1, fix: /aws sts get-caller-identity/ },
};
