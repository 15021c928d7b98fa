// An empty https_proxy before a good HTTPS_PROXY.

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
  about: "https_proxy is set to nothing and hides HTTPS_PROXY from Python; the firewall lets only the proxy out",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { https_proxy: "", HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "python"],
  expect: { verdict: "PROXY_NOT_USED", exit: 1, says: /set to nothing/, fix: /unset https_proxy/ },
};
