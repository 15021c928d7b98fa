// A proxy whose own way out is dropped.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain out {
    type filter hook output priority 0;
    tcp dport 443 drop
  }
  chain way {
    type filter hook forward priority 0;
    tcp dport 443 drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "tinyproxy runs, and a firewall drops what it sends on: CONNECT stays without an answer for every host",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UPSTREAM_FAILS", exit: 1, not: ["PROXY_SILENT"], says: /answers other requests/ },
};
