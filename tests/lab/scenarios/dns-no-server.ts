// A resolver address behind which nothing runs.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-06"],
  kind: "fault",
  about: "the local resolver is not running: its port is closed",
  etc: { "resolv.conf": "nameserver 127.0.0.53\n" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_NO_SERVER", exit: 1, fix: /resolv|--dns/ },
};
