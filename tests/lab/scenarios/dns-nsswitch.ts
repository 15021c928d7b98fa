// A system that leaves DNS out of its lookup.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "nsswitch.conf knows only the hosts file",
  etc: { "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_SYSTEM_RESOLVER", exit: 1, fix: /files dns/ },
};
