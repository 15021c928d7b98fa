// A key that the API does not know.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "a revoked key of the right form",
  env: {
    ANTHROPIC_API_KEY:
      "sk-ant-api03-kQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYd-Zf3hJ6sAAA",
  },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_INVALID_KEY", exit: 1, fix: /settings\/keys/, says: /request-id req_/ },
};
