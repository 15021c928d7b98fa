// Verification switched off on a line that is inspected.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "NODE_TLS_REJECT_UNAUTHORIZED=0 lets Claude Code through an inspection that nothing here trusts",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_TLS_UNVERIFIED", exit: 0, also: ["TLS_INTERCEPTED_UNTRUSTED"], fix: /unset/ },
};
