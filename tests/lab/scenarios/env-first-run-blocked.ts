// A first start that cannot ask Anthropic.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    ip daddr 160.79.104.0/23 tcp dport 443 reject with tcp reset
    ip6 daddr 2607:6bc0::/48 tcp dport 443 reject with tcp reset
  }
}`;

export const scenario: Scenario = {
  rows: ["ENV-15"],
  kind: "fault",
  about: "the team's gateway answers, api.anthropic.com is blocked, and Claude Code has not completed its first start",
  world: async (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
    await lab.nft("r", RULES);
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  home: { ".claude.json": '{ "numStartups": 1 }' },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_FIRST_RUN_NEEDS_ANTHROPIC", exit: 0, fix: /claude -p/, says: /api\.anthropic\.com/ },
};
