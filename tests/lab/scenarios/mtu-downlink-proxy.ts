// A tunnel with a smaller MTU on the way from the proxy, and no ICMP.

import type { Scenario } from "../scenario.ts";

const BLACK_HOLE = `table inet hole {
  chain o { type filter hook output priority 0; policy accept;
    icmp type destination-unreachable icmp code frag-needed counter drop
  }
}`;

export const scenario: Scenario = {
  rows: ["MTU-01"],
  kind: "fault",
  about: "packets of more than 1400 bytes from the proxy vanish: tunnels open, and no certificate ever comes",
  world: async (lab) => {
    await lab.serve("s", "10.77.2.80", 3128, "proxy.ts", { mode: "work" });
    await lab.sh("r", "ip link set r0 mtu 1400");
    await lab.nft("r", BLACK_HOLE);
  },
  env: { HTTPS_PROXY: "http://10.77.2.80:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "MTU_DOWNLINK_HOLE", exit: 1, not: ["PROXY_TUNNEL_DEAD"], fix: /ip link set dev c0 mtu/ },
};
