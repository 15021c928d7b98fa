// A firewall on the machine itself.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-11"],
  kind: "fault",
  about: "this machine prohibits connections to the API",
  world: async (lab) => {
    await lab.sh("c", "ip route add prohibit 160.79.104.10/32; ip -6 route add prohibit 2607:6bc0::10/128");
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_LOCAL_FIREWALL", exit: 1 },
};
