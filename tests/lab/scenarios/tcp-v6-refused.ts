// IPv6 that is refused.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    meta nfproto ipv6 tcp dport 443 reject with tcp reset
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-02"],
  kind: "fault",
  about: "IPv6 connections are reset, IPv4 works",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_V6_BROKEN", exit: 0 },
};
