// A proxy that only npm is told of.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    iifname r0 tcp dport 443 drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "only ~/.npmrc names the proxy, and the firewall lets only the proxy out",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  home: { ".npmrc": "https-proxy=http://10.77.1.1:3128\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_NOT_USED", exit: 1, fix: /HTTPS_PROXY/ },
};
