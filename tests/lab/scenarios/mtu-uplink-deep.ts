// The same, with its size sought.

import type { Scenario } from "../scenario.ts";

/** No router says that a packet was too large. */
const BLACK_HOLE = `table inet hole {
  chain o { type filter hook output priority 0; policy accept;
    icmp type destination-unreachable icmp code frag-needed counter drop
    icmpv6 type packet-too-big counter drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "packets of more than 1400 bytes vanish; the size is sought",
  world: async (lab) => {
    await lab.sh("r", "ip link set r1 mtu 1400");
    await lab.nft("r", BLACK_HOLE);
  },
  args: ["--as", "claude-code", "--deep"],
  expect: { verdict: "MTU_UPLINK_HOLE", exit: 1, says: /bytes pass|字节的包可通过/ },
};
