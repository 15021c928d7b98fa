// A first name server that is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-08"],
  kind: "fault",
  about: "the first name server does not answer, the second does",
  // Silent for good: an address that nobody has is told so by the kernel after a while, and the system goes on at once.
  world: (lab) => lab.dns({ address: "10.77.1.99", mode: "silent" }),
  etc: { "resolv.conf": "nameserver 10.77.1.99\nnameserver 10.77.1.1\n" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_FIRST_SERVER_DEAD", exit: 0, fix: /10\\?\.77\\?\.1\\?\.99/ },
};
