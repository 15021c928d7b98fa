// Something else listens at the address.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-19"],
  kind: "fault",
  about: "a service of another kind answers in JSON",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: { "* *": { status: 404, body: { detail: "Not Found" }, headers: { server: "uvicorn" } } },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_NOT_THE_API", exit: 1, fix: /v1\/messages/ },
};
