// A network that lets only its proxy out.

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
  kind: "control",
  about: "port 443 is open for the proxy only, and HTTPS_PROXY names it",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
