// Token and key are both set, and IPv6 leads nowhere.

import type { Scenario } from "../scenario.ts";

const RULES = `
table ip6 f {
  chain way {
    type filter hook forward priority 0;
    ip6 daddr 2607:6bc0::/48 tcp dport 443 drop
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "token and key are both set, and connections over IPv6 die",
  world: (lab) => lab.nft("r", RULES),
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_AUTH_TOKEN: "another-token-of-the-gateway-0123456789" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_AUTH_CONFLICT", exit: 1, also: ["TCP_V6_BROKEN"] },
};
