// A firewall swallows packets to the proxy.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain in {
    type filter hook input priority 0;
    iifname r0 tcp dport 3128 drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "packets to the proxy are dropped",
  world: async (lab) => {
    await lab.nft("r", RULES);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UNREACHABLE", exit: 1, says: /TIMEOUT/ },
};
