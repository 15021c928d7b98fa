// A default route to a router that is not there.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-13"],
  kind: "fault",
  about: "the default routes name addresses that nobody has; the name server is near and answers",
  world: async (lab) => {
    await lab.sh("c", "ip route replace default via 10.77.1.200; ip -6 route replace default via fd77:1::200");
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_TIMEOUT", exit: 1, says: /router that leads out/, fix: /ip neigh/ },
};
