// A clock that AWS does not accept.

import { awsError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "Signature expired",
  world: (lab) => {
    lab.clock("-20m");
    lab.origin({
      address: "203.0.113.40",
      answers: {
        "* *": awsError(
          403,
          "InvalidSignatureException",
          "Signature expired: 20261121T100000Z is now earlier than 20261121T101500Z (20261121T102000Z - 5 min.)",
        ),
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
  expect: { verdict: "AUTH_BEDROCK_SKEW", exit: 1, fix: /timedatectl/ },
};
