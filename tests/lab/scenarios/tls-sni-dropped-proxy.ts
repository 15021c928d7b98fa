// A filter by name behind the proxy.

import type { Scenario } from "../scenario.ts";

const DROP = "OUTPUT -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j DROP";

export const scenario: Scenario = {
  rows: ["TLS-17"],
  kind: "fault",
  about: "the proxy opens tunnels, and a firewall behind it swallows handshakes with the API's name in them",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.sh("r", `iptables -A ${DROP}; ip6tables -A ${DROP}`);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_SNI_DROPPED", exit: 1, not: ["PROXY_TUNNEL_DEAD"], fix: /proxy 10\.77\.1\.1:3128/ },
};
