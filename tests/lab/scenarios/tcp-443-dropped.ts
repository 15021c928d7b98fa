// A firewall that drops port 443 to the API.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    ip daddr 160.79.104.10 tcp dport 443 drop
    ip6 daddr 2607:6bc0::10 tcp dport 443 drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-14"],
  kind: "fault",
  about: "packets to the API at port 443 are dropped, other hosts answer",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "node"],
  expect: { verdict: "TCP_TIMEOUT", exit: 1, not: ["TCP_PORT_BLOCKED"], says: /platform\.claude\.com/ },
};
