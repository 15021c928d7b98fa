// A firewall that answers as if the host knew no TCP.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ICMP protocol-unreachable for IPv4, no-route for IPv6",
  world: async (lab) => {
    await lab.sh(
      "r",
      "iptables -A FORWARD -d 160.79.104.0/23 -p tcp -j REJECT --reject-with icmp-proto-unreachable; ip6tables -A FORWARD -d 2607:6bc0::/48 -p tcp -j REJECT --reject-with icmp6-no-route",
    );
  },
  args: ["--as", "curl"],
  expect: { verdict: "TCP_FIREWALL_REJECT", exit: 1 },
};
