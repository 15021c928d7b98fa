// A gateway that is not running.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the machine of the gateway answers that its port is closed",
  world: (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.address("10.77.2.50");
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example:8443", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TCP_REFUSED", exit: 1, fix: /ANTHROPIC_BASE_URL/ },
};
