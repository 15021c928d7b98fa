// A zone where the region of Bedrock belongs.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "AWS_REGION is us-east-1a, a zone: no such host, and nobody filters it",
  world: (lab) => {
    const body = { asyncInvokeSummaries: [], inputTokens: 8 };
    lab.origin({
      address: "203.0.113.40",
      answers: { "* *": { body, headers: { "x-amzn-requestid": "5a1c7e0e-lab" } } },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1a",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLOUD_SETTING", exit: 1, not: ["DNS_NXDOMAIN"], fix: /export AWS_REGION=us-east-1$/ },
};
