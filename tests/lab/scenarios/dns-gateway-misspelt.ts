// A gateway name that nobody knows.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the base URL names a host that does not exist",
  env: { ANTHROPIC_BASE_URL: "https://claud.corp.example", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_NXDOMAIN", exit: 1, fix: /ANTHROPIC_BASE_URL/ },
};
