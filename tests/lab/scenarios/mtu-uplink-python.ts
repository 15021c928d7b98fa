// The same, seen by a program with a small ClientHello.

import type { Scenario } from "../scenario.ts";

/** No router says that a packet was too large. */
const BLACK_HOLE = `table inet hole {
  chain o { type filter hook output priority 0; policy accept;
    icmp type destination-unreachable icmp code frag-needed counter drop
    icmpv6 type packet-too-big counter drop
  }
}`;

export const scenario: Scenario = {
  rows: ["MTU-05"],
  kind: "fault",
  about: "small requests work, larger ones vanish: a program with a small ClientHello",
  world: async (lab) => {
    await lab.sh("r", "ip link set r1 mtu 1400");
    await lab.nft("r", BLACK_HOLE);
  },
  args: ["--as", "python"],
  expect: { verdict: "MTU_UPLINK_HOLE", exit: 1, fix: /ip link set dev c0 mtu/ },
};
