// An inspection product seen by curl.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "no store holds the root of the inspection, seen as curl",
  world: (lab) => lab.origin({ chain: "inspected" }),
  args: ["--as", "curl"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, fix: /update-ca-/ },
};
