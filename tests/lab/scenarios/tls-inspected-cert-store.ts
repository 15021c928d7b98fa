// Claude Code told to read its own roots only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "CLAUDE_CODE_CERT_STORE leaves the system store out, which holds the root of the inspection",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.trustInSystem("inspected-root.pem");
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", CLAUDE_CODE_CERT_STORE: "bundled" },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, fix: /bundled,system/ },
};
