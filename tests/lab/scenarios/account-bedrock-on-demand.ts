// A bare model id on Bedrock.

import { awsError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-08"],
  kind: "fault",
  about: "on-demand throughput isn't supported",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.40",
      answers: {
        "* *": awsError(
          400,
          "ValidationException",
          "Invocation of model ID anthropic.claude-sonnet-4-5-20250929-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
      },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
    ANTHROPIC_MODEL: "anthropic.claude-sonnet-4-5-20250929-v1:0",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_BEDROCK_ON_DEMAND", exit: 1, fix: /us\.anthropic\.claude-sonnet-4-5/ },
};
