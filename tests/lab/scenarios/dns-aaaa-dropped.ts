// A resolver that never answers for IPv6 addresses.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "questions for AAAA are swallowed, Node gives up before getaddrinfo does",
  world: (lab) => lab.dns({ dropAaaa: true }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_AAAA_DROPPED", exit: 1, not: ["DNS_SLOW"], fix: /timeout:1/ },
};
