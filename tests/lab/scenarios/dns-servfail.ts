// A name server whose own upstream is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-06"],
  kind: "fault",
  about: "the only name server answers SERVFAIL",
  world: (lab) => lab.dns({ mode: "servfail" }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_SERVFAIL", exit: 1, fix: /resolv\.conf/ },
};
