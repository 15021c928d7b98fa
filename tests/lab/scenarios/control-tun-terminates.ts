// A local tunnel that answers every connection itself, and works.

import type { Scenario } from "../scenario.ts";

const RULES = `
table ip tun {
  chain pre {
    type nat hook prerouting priority dstnat;
    iifname r0 ip daddr { 198.18.0.0/15, 192.0.2.0/24 } tcp dport 443 redirect to :9443
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a tunnel on this machine answers every TCP connection itself, 192.0.2.1 too, and carries what it should",
  world: async (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["198.18.0.23"] } });
    await lab.serve("r", "10.77.1.1", 9443, "relay.ts", { to: "160.79.104.10", toPort: 443 });
    await lab.nft("r", RULES);
  },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
