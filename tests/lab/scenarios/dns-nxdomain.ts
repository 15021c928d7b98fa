// A block list that says the API has no name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the name server says that the name does not exist",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": null } }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_NXDOMAIN", exit: 1, not: ["TCP_TIMEOUT"], fix: /allow list|白名单/, says: /10\.77\.1\.1/ },
};
