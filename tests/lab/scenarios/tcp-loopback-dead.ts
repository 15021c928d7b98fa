// A base URL whose gateway is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-19"],
  kind: "fault",
  about: "the base URL in a shell profile points to this machine, where nothing listens",
  env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:8787", ANTHROPIC_API_KEY: "{KEY}" },
  home: { ".bashrc": "export ANTHROPIC_BASE_URL=http://127.0.0.1:8787\n" },
  args: ["--as", "node"],
  expect: { verdict: "TCP_REFUSED_LOOPBACK", exit: 1, fix: /unset ANTHROPIC_BASE_URL/ },
};
