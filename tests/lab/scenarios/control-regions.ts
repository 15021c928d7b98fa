// Distances to Bedrock's regions, most of which this internet does not know.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the distances to all regions are measured, and a region that has no address is no fault",
  world: (lab) => {
    lab.origin({
      address: "203.0.113.40",
      answers: {
        "* *": { body: { asyncInvokeSummaries: [], inputTokens: 8 }, headers: { "x-amzn-requestid": "5a1c7e0e-lab" } },
      },
    });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: "lab/lab+lablablablablablablablablablab0123",
  },
  args: ["--as", "claude-code", "--deep"],
  limitMs: 70_000,
  expect: { verdict: null, exit: 0 },
};
