// Anthropic's key at a gateway that has keys of its own.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-14", "API-06"],
  kind: "fault",
  about: "a gateway does not know a key that begins with sk-ant-",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": {
          status: 401,
          body: { error: { message: "Authentication Error, Invalid proxy server token passed", type: "auth_error" } },
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_KEY_FOR_OTHER_HOST", exit: 1, fix: /claude\.relay\.example/ },
};
