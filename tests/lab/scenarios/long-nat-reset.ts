// a firewall forgets connections after three idle seconds and answers with RST

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["LNG-02", "LNG-08"],
  kind: "fault",
  about: "a firewall forgets connections after three idle seconds and answers with RST",
  world: async (lab) => {
    await lab.sh(
      "r",
      "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_timeout_established=3",
    );
    await lab.nft(
      "r",
      `table inet nat {
  chain f { type filter hook forward priority 0; policy accept;
    ct state invalid meta l4proto tcp reject with tcp reset
    ct state new tcp flags & (fin|syn|rst|ack) != syn reject with tcp reset
  }
}`,
    );
  },
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: {
    verdict: "LONG_IDLE_RESET",
    exit: 0,
    also: ["LONG_KEEPALIVE_CURES"],
    fix: /setKeepAlive|tcp_keepalive_time/,
  },
};
