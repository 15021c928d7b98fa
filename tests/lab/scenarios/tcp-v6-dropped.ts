// IPv6 that swallows everything.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    meta nfproto ipv6 drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-03", "TCP-04"],
  kind: "fault",
  about: "IPv6 packets are dropped, IPv4 works",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "node"],
  expect: { verdict: "TCP_V6_BROKEN", exit: 0, fix: /disable_ipv6|gai\.conf/ },
};
