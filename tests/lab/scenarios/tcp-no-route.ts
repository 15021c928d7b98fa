// A machine without a default route.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "there is no default route; the name server is next door",
  world: async (lab) => {
    await lab.sh("c", "ip route del default; ip -6 route del default");
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_NO_ROUTE", exit: 1, fix: /ip route/ },
};
