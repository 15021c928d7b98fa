// A base URL in the settings whose gateway is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-19"],
  kind: "fault",
  about: "the base URL in Claude Code's settings points to a port where nothing listens; another port does",
  world: async (lab) => {
    await lab.serve("c", "127.0.0.1", 4000, "relay.ts", { to: "160.79.104.10", toPort: 443 });
  },
  home: {
    ".claude/settings.json": JSON.stringify({ env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:3456" } }),
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_REFUSED_LOOPBACK", exit: 1, fix: /4000/, says: /settings\.json/ },
};
