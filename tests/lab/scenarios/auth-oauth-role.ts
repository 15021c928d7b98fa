// A login without a subscription or role.

import type { Scenario } from "../scenario.ts";

const REFUSED = {
  status: 403,
  body: { error: { type: "forbidden", message: "Request not allowed" } },
};

export const scenario: Scenario = {
  rows: ["API-02"],
  kind: "fault",
  about: "requests without a credential get through, those with the login get 403 forbidden",
  world: (lab) => {
    lab.answers({
      "GET /v1/models": REFUSED,
      "POST /v1/messages/count_tokens": REFUSED,
    });
  },
  env: {
    CLAUDE_CODE_OAUTH_TOKEN:
      "sk-ant-oat01-kQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYd-Zf3hJ6sAAA",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_OAUTH_NOT_ALLOWED", exit: 1, fix: /login|API key/ },
};
