// A token of a login that is over.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "OAuth token has expired",
  world: (lab) => {
    lab.answers({
      "* /v1/*": apiError(
        401,
        "authentication_error",
        "OAuth token has expired. Please obtain a new token or refresh your existing token.",
      ),
    });
  },
  env: {
    CLAUDE_CODE_OAUTH_TOKEN:
      "sk-ant-oat01-kQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYdkQ7vR2mX9pLtW4nB8cYd-Zf3hJ6sAAA",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_EXPIRED_TOKEN", exit: 1, fix: /setup-token/ },
};
