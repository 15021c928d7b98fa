// A key without credit in front of a login.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-08"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY of an account without credit is used instead of the login",
  world: (lab) => {
    lab.answers({
      "POST /v1/messages": {
        status: 400,
        body: {
          type: "error",
          error: {
            type: "invalid_request_error",
            message: "Your credit balance is too low to access the Anthropic API.",
          },
          request_id: "req_lab",
        },
      },
    });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}" },
  home: { ".claude/.credentials.json": "{}", ".bashrc": "export ANTHROPIC_API_KEY={KEY}\n" },
  args: ["--as", "claude-code", "--spend"],
  expect: { verdict: "ENV_KEY_SHADOWS_LOGIN", exit: 1, fix: /unset ANTHROPIC_API_KEY/, says: /\.bashrc/ },
};
