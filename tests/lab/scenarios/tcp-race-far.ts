// A far server, and Node.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-06"],
  kind: "fault",
  about: "no IPv6 route, and round trips of 500 ms: Node gives up before that",
  world: async (lab) => {
    await lab.line({ delayMs: 250 });
    await lab.sh("c", "ip -6 route flush default; ip -6 addr flush dev c0 scope global");
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_RACE_CAP", exit: 1, fix: /--network-family-autoselection-attempt-timeout=3000/ },
};
