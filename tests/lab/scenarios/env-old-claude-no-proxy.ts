// An old Claude Code that misreads NO_PROXY.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "Claude Code 2.1.90, a proxy, and the API in NO_PROXY",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", HTTPS_PROXY: "http://10.77.1.1:3128", NO_PROXY: "api.anthropic.com" },
  home: { ".local/share/claude/versions/2.1.90": "" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLAUDE_OUTDATED_NO_PROXY", exit: 0, fix: /claude update/ },
};
