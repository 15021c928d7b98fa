// The first name server is dead, and TLS is inspected.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the first name server is silent, and TLS is inspected by somebody unknown",
  world: (lab) => {
    lab.dns({ address: "10.77.1.9", mode: "silent" });
    lab.origin({ chain: "inspected" });
  },
  etc: { "resolv.conf": "nameserver 10.77.1.9\nnameserver 10.77.1.1\n" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, also: ["DNS_FIRST_SERVER_DEAD"] },
};
