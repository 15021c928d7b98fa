// A captive network whose resolver answers everything with itself.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "every name, invented ones too, resolves to one address",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["10.77.9.9"] }, wildcard: "10.77.9.9" }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_WILDCARD", exit: 1, not: ["DNS_PRIVATE_ADDRESS", "TCP_TIMEOUT"], fix: /neverssl/ },
};
