// A transparent proxy with addresses of its own making, which works.

import type { Scenario } from "../scenario.ts";

const RULES = `
table ip tun {
  chain pre {
    type nat hook prerouting priority dstnat;
    ip daddr 198.18.0.23 tcp dport 443 dnat to 160.79.104.10
    ip daddr 198.18.0.24 tcp dport 443 dnat to 160.79.104.11
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a transparent proxy hands out addresses of 198.18.0.0/15 and carries their traffic",
  world: async (lab) => {
    lab.dns({
      answers: {
        "api.anthropic.com": ["198.18.0.23"],
        "platform.claude.com": ["198.18.0.24"],
        "claude.ai": ["198.18.0.24"],
      },
    });
    await lab.nft("r", RULES);
  },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
