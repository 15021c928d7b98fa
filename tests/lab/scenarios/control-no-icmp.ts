// A network without ICMP echo.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    icmp type echo-request drop
    icmpv6 type echo-request drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "ping is blocked, everything else works",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
