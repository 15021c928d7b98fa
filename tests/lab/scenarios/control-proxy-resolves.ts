// A proxy that alone can resolve names.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain in {
    type filter hook input priority 0;
    iifname r0 udp dport 53 reject
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "only the proxy can resolve names, and curl leaves it to the proxy",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "curl"],
  expect: { verdict: null, exit: 0 },
};
