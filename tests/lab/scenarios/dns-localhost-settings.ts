// localhost in the settings, and a server of the other family.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-11"],
  kind: "fault",
  about: "the settings say localhost, which is ::1 here; the server listens on 127.0.0.1; no export can cure that",
  world: async (lab) => {
    await lab
      .start("c", "python3", ["-m", "http.server", "4000", "--bind", "127.0.0.1"], { port: 4000 })
      .catch(() => {});
  },
  etc: { hosts: "::1 localhost\n" },
  env: { ANTHROPIC_API_KEY: null },
  home: {
    ".claude/settings.json":
      '{"env":{"ANTHROPIC_BASE_URL":"http://localhost:4000","ANTHROPIC_AUTH_TOKEN":"tok-0123456789"}}',
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_LOCALHOST_V6_FIRST", exit: 1, fix: /\.claude\/settings\.json/ },
};
