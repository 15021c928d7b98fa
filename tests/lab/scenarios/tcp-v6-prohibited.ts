// IPv6 that a router prohibits.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    meta nfproto ipv6 reject with icmpv6 type admin-prohibited
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-03"],
  kind: "fault",
  about: "a router rejects IPv6 with ICMPv6, IPv4 works",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "node"],
  expect: { verdict: "TCP_V6_BROKEN", exit: 0 },
};
