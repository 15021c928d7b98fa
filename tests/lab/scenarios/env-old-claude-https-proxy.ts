// An old Claude Code behind a proxy that is spoken to over TLS.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-10"],
  kind: "fault",
  about: "Claude Code 2.1.200 and an https:// proxy: it works, and the start may hang",
  world: async (lab) => {
    lab.dns({ answers: { "proxy.corp.example": ["10.77.1.1"] } });
    await lab.serve("r", "10.77.1.1", 3129, "proxy.ts", {
      mode: "work",
      cert: "{PKI:good.chain.pem}",
      key: "{PKI:leaf.key}",
    });
  },
  env: { HTTPS_PROXY: "https://proxy.corp.example:3129" },
  home: { ".local/share/claude/versions/2.1.200": "x" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLAUDE_OUTDATED_HTTPS_PROXY", exit: 0, fix: /claude update/ },
};
