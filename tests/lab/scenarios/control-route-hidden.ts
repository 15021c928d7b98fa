// Routers that answer no route tool, on a line that works.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a line that works, whose routers answer no route tool",
  world: (lab) =>
    lab.nft(
      "r",
      `table inet hide {
  chain o { type filter hook output priority 0; policy accept;
    icmp type { time-exceeded, destination-unreachable } drop
    icmpv6 type { time-exceeded, destination-unreachable } drop
  }
  chain f { type filter hook forward priority 0; policy accept;
    meta l4proto udp th dport 33434-44444 drop
  }
}
`,
    ),
  args: ["--as", "node", "--deep"],
  limitMs: 70_000,
  expect: { verdict: null, exit: 0 },
};
