// A machine without a network.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the only link is down: no route, no name server",
  world: async (lab) => {
    await lab.sh("c", "ip link set c0 down");
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_NO_ROUTE", exit: 1, not: ["DNS_TIMEOUT", "DNS_NO_SERVER"] },
};
