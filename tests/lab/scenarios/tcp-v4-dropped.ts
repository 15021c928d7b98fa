// IPv4 blocked, IPv6 forgotten.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a firewall drops port 443 over IPv4 only: what can use IPv6 gets through, late",
  world: async (lab) => {
    await lab.sh("r", "iptables -A FORWARD -p tcp --dport 443 -j DROP");
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_ADDRESS_DEAD", exit: 0, says: /IPv4 to api\.anthropic\.com is blocked/ },
};
