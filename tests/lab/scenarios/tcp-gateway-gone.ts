// A gateway whose machine is off.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the address of the gateway is on this network, and nobody answers there",
  world: (lab) => lab.dns({ answers: { "claude.corp.example": ["10.77.1.66"] } }),
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TCP_TIMEOUT", exit: 1, fix: /VPN/ },
};
