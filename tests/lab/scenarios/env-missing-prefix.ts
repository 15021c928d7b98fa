// A base URL without the prefix that the relay wants.

import type { Scenario } from "../scenario.ts";

const NO_KEY = {
  status: 401,
  body: { type: "error", error: { type: "authentication_error", message: "x-api-key header is required" } },
};

export const scenario: Scenario = {
  rows: ["ENV-12"],
  kind: "fault",
  about: "the relay serves the API under /api, and the base URL ends before it",
  world: (lab) => {
    lab.dns({ answers: { "relay.corp.example": ["10.77.2.51"] } });
    lab.origin({
      address: "10.77.2.51",
      answers: {
        "POST /api/v1/messages": NO_KEY,
        "* *": { status: 404, body: { error: "Not Found", message: "Route /v1/messages not found" } },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://relay.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_WRONG_PATH", exit: 1, fix: /relay\.corp\.example\/api/ },
};
