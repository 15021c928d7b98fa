// A firewall that answers as if there were no such network.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ICMP net-prohibited for IPv4 and adm-prohibited for IPv6: ENETUNREACH, though this machine has its routes",
  world: async (lab) => {
    await lab.sh(
      "r",
      "iptables -A FORWARD -d 160.79.104.0/23 -p tcp -j REJECT --reject-with icmp-net-prohibited; ip6tables -A FORWARD -d 2607:6bc0::/48 -p tcp -j REJECT --reject-with icmp6-adm-prohibited",
    );
  },
  args: ["--as", "python"],
  expect: { verdict: "TCP_FIREWALL_REJECT", exit: 1, not: ["TCP_V6_BROKEN", "TCP_NO_ROUTE"] },
};
