// A resolv.conf that names no server.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-06"],
  kind: "fault",
  about: "/etc/resolv.conf has a misspelt line and no name server",
  etc: { "resolv.conf": "namserver 10.77.1.1\n" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_NO_SERVER", exit: 1, says: /No name server is set on this machine/ },
};
