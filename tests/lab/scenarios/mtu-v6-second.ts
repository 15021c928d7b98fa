// A tunnel with a smaller MTU for IPv6 only, and no ICMP; IPv4 is tried first.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "large packets vanish over IPv6, IPv4 goes first and is well",
  world: async (lab) => {
    await lab.nft(
      "r",
      `table ip6 hole {
  chain f { type filter hook forward priority 0; policy accept;
    oifname "r1" meta length > 1400 counter drop
  }
}`,
    );
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "MTU_UPLINK_HOLE", exit: 0, says: /IPv4/ },
};
