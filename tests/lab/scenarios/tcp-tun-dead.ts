// Proxy software whose node is dead.

import type { Scenario } from "../scenario.ts";

const RULES = `
table ip tun {
  chain pre {
    type nat hook prerouting priority dstnat;
    iifname r0 ip daddr { 198.18.0.0/15, 192.0.2.0/24 } tcp dport 443 dnat to 10.77.9.9:9443
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-07"],
  kind: "fault",
  about: "a tunnel on this machine accepts every connection and forwards none",
  world: async (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["198.18.0.23"] } });
    lab.origin({ address: "10.77.9.9", port: 9443, mode: "close-after-hello" });
    await lab.nft("r", RULES);
  },
  args: ["--as", "node"],
  expect: { verdict: "TCP_TUN_DEAD", exit: 1 },
};
