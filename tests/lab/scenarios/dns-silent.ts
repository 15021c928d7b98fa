// A name server that never answers.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-06"],
  kind: "fault",
  about: "the only name server swallows every question",
  world: (lab) => lab.dns({ mode: "silent" }),
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_TIMEOUT", exit: 1, not: ["DNS_NO_SERVER"], fix: /resolv\.conf/ },
};
