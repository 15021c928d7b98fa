// An inspection product that the system trusts and Node does not.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-02"],
  kind: "fault",
  about: "the root of the inspection is in the system store, which Node does not read by itself",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.trustInSystem("inspected-root.pem");
  },
  args: ["--as", "node"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, fix: /NODE_USE_SYSTEM_CA=|NODE_EXTRA_CA_CERTS="\/etc\/ssl/ },
};
