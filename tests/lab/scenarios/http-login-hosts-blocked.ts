// An allow list that forgets the hosts of the login.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    ip daddr 160.79.104.11 tcp dport 443 reject with tcp reset
    ip6 daddr 2607:6bc0::11 tcp dport 443 reject with tcp reset
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-10", "ENV-15"],
  kind: "fault",
  about: "the API is allowed, platform.claude.com and claude.ai are not",
  world: (lab) => {
    return lab.nft("r", RULES);
  },
  env: { ANTHROPIC_API_KEY: null },
  home: { ".claude/.credentials.json": '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-lab"}}' },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_HOST_BLOCKED", exit: 1, fix: /platform\.claude\.com/ },
};
