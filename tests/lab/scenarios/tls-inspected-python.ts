// An inspection product seen by Python.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-07"],
  kind: "fault",
  about: "the root of the inspection is in the system store; certifi does not hold it",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.trustInSystem("inspected-root.pem");
  },
  args: ["--as", "python"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, fix: /truststore/ },
};
