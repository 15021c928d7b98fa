// An inspection product that does not send its root.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "TLS is inspected, and the chain shown ends below the root",
  world: (lab) => lab.origin({ chain: "inspected-short" }),
  args: ["--as", "node"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, not: ["TLS_CHAIN_INCOMPLETE"], says: /Zscaler/ },
};
