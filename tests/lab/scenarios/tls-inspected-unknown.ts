// An inspection product whose root is nowhere on the machine.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-01"],
  kind: "fault",
  about: "TLS is inspected by Zscaler, and no store of the machine holds its root",
  world: (lab) => lab.origin({ chain: "inspected" }),
  args: ["--as", "node"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, fix: /NODE_EXTRA_CA_CERTS/, says: /Zscaler/ },
};
