// A quota near zero on Bedrock.

import { awsError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-09"],
  kind: "fault",
  about: "429 Too many tokens on the first prompt",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.40",
      answers: { "* *": awsError(429, "ThrottlingException", "Too many tokens, please wait before trying again.") },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_BEDROCK_QUOTA", exit: 1, fix: /service-quotas/ },
};
