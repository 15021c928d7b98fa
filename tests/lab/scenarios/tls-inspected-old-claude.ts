// A Claude Code from before the system store counted.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-04"],
  kind: "fault",
  about: "the root of the inspection is in the system store, and Claude Code is too old to read it",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.trustInSystem("inspected-root.pem");
  },
  home: { ".local/share/claude/versions/2.1.90": "x" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "ENV_CLAUDE_OUTDATED_CA_STORE",
    exit: 1,
    also: ["TLS_INTERCEPTED_UNTRUSTED"],
    fix: /claude update/,
  },
};
