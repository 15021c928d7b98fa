// A path that is slower than Node's patience.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet slow {
  set seen { type inet_service; flags timeout; timeout 10s; }
  chain f {
    type filter hook forward priority 0;
    tcp dport 443 tcp flags & (syn|ack) == syn tcp sport @seen accept
    tcp dport 443 tcp flags & (syn|ack) == syn add @seen { tcp sport } drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-06"],
  kind: "fault",
  about: "no IPv6 route, and a connection takes a second: Node gives up after 250 ms",
  world: async (lab) => {
    await lab.sh("c", "ip -6 route flush default; ip -6 addr flush dev c0 scope global");
    await lab.nft("r", RULES);
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_RACE_CAP", exit: 1, fix: /--network-family-autoselection-attempt-timeout=3000/ },
};
