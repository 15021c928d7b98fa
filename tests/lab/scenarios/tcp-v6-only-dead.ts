// A machine with nothing but dead IPv6.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    meta nfproto ipv6 drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-03"],
  kind: "fault",
  about: "there is no IPv4, and IPv6 swallows everything",
  world: async (lab) => {
    lab.dns({ address: "fd77:1::1" });
    await lab.sh("c", "ip -4 addr flush dev c0");
    await lab.nft("r", RULES);
  },
  etc: { "resolv.conf": "nameserver fd77:1::1\n" },
  args: ["--as", "node"],
  expect: { verdict: "TCP_V6_BROKEN", exit: 1, not: ["TCP_TIMEOUT"] },
};
