// A gateway's token beside Bedrock.

import { awsError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-11"],
  kind: "fault",
  about: "ANTHROPIC_AUTH_TOKEN is set while Bedrock is switched on",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.40",
      answers: { "* *": awsError(400, "ValidationException", "The provided model does not support counting tokens.") },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
    ANTHROPIC_AUTH_TOKEN: "gateway-token-0123456789",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_BEDROCK_CLOBBERED", exit: 0, fix: /ANTHROPIC_AUTH_TOKEN/ },
};
