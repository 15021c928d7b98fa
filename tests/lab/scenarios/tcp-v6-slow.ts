// IPv6 by way of a detour.

import type { Scenario } from "../scenario.ts";

const RULES = `
table ip6 slow {
  set seen { type inet_service; flags timeout; timeout 10s; }
  chain f {
    type filter hook forward priority 0;
    tcp dport 443 tcp flags & (syn|ack) == syn tcp sport @seen accept
    tcp dport 443 tcp flags & (syn|ack) == syn add @seen { tcp sport } drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-02"],
  kind: "fault",
  about: "the first packet of each IPv6 connection is lost: a second instead of a millisecond",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_V6_SLOW", exit: 0 },
};
