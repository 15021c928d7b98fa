// A firewall that resets port 443 to the API.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    ip daddr 160.79.104.10 tcp dport 443 reject with tcp reset
    ip6 daddr 2607:6bc0::10 tcp dport 443 reject with tcp reset
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-10"],
  kind: "fault",
  about: "connections to the API are refused in its name, other hosts answer",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_REFUSED", exit: 1, not: ["TCP_PORT_BLOCKED", "TCP_V6_BROKEN"] },
};
