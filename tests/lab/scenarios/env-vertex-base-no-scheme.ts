// A gateway's address for Vertex without a scheme.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-12"],
  kind: "fault",
  about: "ANTHROPIC_VERTEX_BASE_URL lacks https://; its /v1 belongs to it",
  env: {
    CLAUDE_CODE_USE_VERTEX: "1",
    CLAUDE_CODE_SKIP_VERTEX_AUTH: "1",
    ANTHROPIC_VERTEX_BASE_URL: "vtx.corp.example/vertex/v1",
    ANTHROPIC_VERTEX_PROJECT_ID: "p",
    CLOUD_ML_REGION: "us-east5",
  },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ENV_URL_NO_SCHEME",
    exit: 1,
    fix: /ANTHROPIC_VERTEX_BASE_URL=https?:\/\/vtx\.corp\.example\/vertex\/v1$/,
  },
};
