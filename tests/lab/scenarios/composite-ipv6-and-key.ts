// IPv6 leads nowhere, and the key is refused.

import type { Scenario } from "../scenario.ts";

const REVOKED =
  "sk-ant-api03-n0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabxyzAA";
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
  about: "connections over IPv6 die; the key is revoked",
  world: (lab) => lab.nft("r", RULES),
  env: { ANTHROPIC_API_KEY: REVOKED },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_INVALID_KEY", exit: 1, also: ["TCP_V6_BROKEN"] },
};
