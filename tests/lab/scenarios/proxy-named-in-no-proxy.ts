// NO_PROXY sends the API past the proxy that alone gets out.

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
  about: "HTTPS_PROXY is right, and .anthropic.com in NO_PROXY sends the API past it, where a firewall drops it",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128", NO_PROXY: "localhost,.anthropic.com" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_NOT_USED", exit: 1, says: /"\.anthropic\.com" in NO_PROXY/, fix: /NO_PROXY=localhost$/m },
};
