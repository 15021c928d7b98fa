// A route of this machine that swallows the API's addresses.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-13"],
  kind: "fault",
  about: "the kill switch of a VPN left blackhole routes behind",
  world: async (lab) => {
    await lab.sh("c", "ip route add blackhole 160.79.104.0/23; ip -6 route add blackhole 2607:6bc0::/48");
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_LOCAL_FIREWALL", exit: 1, says: /route of this machine/, fix: /blackhole/ },
};
