// A forgotten line in the hosts file.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the hosts file pins the API to an address where nobody is",
  etc: { hosts: "127.0.0.1 localhost\n# relay of last year\n203.0.113.97 api.anthropic.com\n" },
  args: ["--as", "node"],
  expect: {
    verdict: "DNS_HOSTS_OVERRIDE",
    exit: 1,
    not: ["TCP_TIMEOUT", "DNS_POISONED"],
    fix: /sed -i.*api/,
    says: /hosts:3/,
  },
};
