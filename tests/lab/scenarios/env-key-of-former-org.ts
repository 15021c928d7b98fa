// The key of an organisation that is disabled, in front of a login.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-09"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY of a former employer overrides the subscription",
  world: (lab) => {
    const disabled = {
      status: 403,
      body: {
        type: "error",
        error: { type: "permission_error", message: "This organization has been disabled." },
        request_id: "req_lab",
      },
    };
    lab.answers({
      "GET /v1/models": disabled,
      "POST /v1/messages/count_tokens": disabled,
      "POST /v1/messages": disabled,
    });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}" },
  home: { ".claude/.credentials.json": "{}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_SHADOWS_LOGIN", exit: 1, fix: /unset ANTHROPIC_API_KEY/ },
};
