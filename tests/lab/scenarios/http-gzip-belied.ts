// Content-Encoding says gzip, and the body is plain.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-09"],
  kind: "fault",
  about: "a relay unpacks the body and leaves the header on",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: {
        "* *": {
          ...apiError(401, "authentication_error", "invalid token"),
          headers: { "content-encoding": "gzip", "request-id": "req_lab_plain" },
        },
      },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_ENCODING_BELIED", exit: 1, fix: /Content-Encoding/ },
};
