// A firewall that says so.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    ip daddr 160.79.104.10 tcp dport 443 reject with icmp type admin-prohibited
    ip6 daddr 2607:6bc0::10 tcp dport 443 reject with icmpv6 type admin-prohibited
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-10"],
  kind: "fault",
  about: "a router answers that the API is administratively prohibited",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "node"],
  expect: { verdict: "TCP_FIREWALL_REJECT", exit: 1 },
};
