// Inspected traffic whose inspector the system trusts, seen by Claude Code.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "TLS is inspected, the inspector is in the system store, and Claude Code reads that store",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.trustInSystem("inspected-root.pem");
  },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
