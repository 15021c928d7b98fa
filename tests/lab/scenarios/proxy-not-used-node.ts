// Node without NODE_USE_ENV_PROXY where only the proxy gets out.

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
  about: "HTTPS_PROXY is set, Node does not read it, and the firewall lets only the proxy out",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "node"],
  expect: { verdict: "PROXY_NOT_USED", exit: 1, fix: /NODE_USE_ENV_PROXY/ },
};
