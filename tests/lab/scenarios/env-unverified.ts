// Verification switched off.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_TLS_REJECT_UNAUTHORIZED=0",
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  args: ["--as", "node"],
  expect: { verdict: "ENV_TLS_UNVERIFIED", exit: 0, fix: /unset NODE_TLS_REJECT_UNAUTHORIZED/ },
};
