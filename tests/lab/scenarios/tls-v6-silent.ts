// TLS is swallowed over IPv6 only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "IPv6 comes first and connects, and TLS gets no answer over it",
  world: async (lab) => {
    await lab.sh(
      "c",
      "ip -6 addr add 2001:db8:1::2/64 dev c0 nodad; ip -6 route replace default via fd77:1::1 src 2001:db8:1::2",
    );
    await lab.sh("r", "ip -6 route add 2001:db8:1::/64 dev r0");
    await lab.sh("r", "ip6tables -A FORWARD -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j DROP");
  },
  args: ["--as", "node"],
  expect: { verdict: "TLS_V6_SILENT", exit: 1, fix: /ipv4first|gai\.conf/ },
};
