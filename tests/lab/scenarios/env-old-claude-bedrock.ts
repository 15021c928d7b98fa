// An old Claude Code that overwrites the signature for Bedrock.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-11"],
  kind: "fault",
  about: "Claude Code 2.1.100, CLAUDE_CODE_USE_BEDROCK and ANTHROPIC_AUTH_TOKEN",
  world: (lab) => {
    lab.dns({ answers: { "bedrock-runtime.us-east-1.amazonaws.com": ["10.77.2.60"] } });
    lab.origin({ address: "10.77.2.60", backend: "not-found" });
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    ANTHROPIC_AUTH_TOKEN: "gateway-token-0123456789",
  },
  home: { ".local/share/claude/versions/2.1.100": "" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN", exit: 1, fix: /claude update/ },
};
