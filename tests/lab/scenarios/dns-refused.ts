// A name server that serves somebody else.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-01"],
  kind: "fault",
  about: "the only name server answers REFUSED",
  world: (lab) => lab.dns({ mode: "refused" }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_REFUSED", exit: 1, fix: /resolv\.conf/ },
};
