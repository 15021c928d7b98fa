// a NAT forgets connections after three idle seconds and says nothing

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["LNG-07", "LNG-04"],
  kind: "fault",
  about: "a NAT forgets connections after three idle seconds and says nothing",
  world: async (lab) => {
    await lab.sh(
      "r",
      "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_timeout_established=3",
    );
    await lab.nft(
      "r",
      `table inet nat {
  chain f { type filter hook forward priority 0; policy accept;
    ct state invalid drop
    ct state new tcp flags & (fin|syn|rst|ack) != syn drop
  }
}`,
    );
  },
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: { verdict: "LONG_NAT_SILENT", exit: 1, also: ["LONG_KEEPALIVE_CURES"], fix: /tcp_keepalive_time=1/ },
};
