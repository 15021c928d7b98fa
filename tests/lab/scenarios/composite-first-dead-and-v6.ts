// A dead first name server, and IPv6 that swallows everything: a line that works, slowly twice over.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    meta nfproto ipv6 drop
  }
}`;

export const scenario: Scenario = {
  rows: ["DNS-08", "TCP-03"],
  kind: "composite",
  about: "the first name server does not answer, and IPv6 leads nowhere",
  world: (lab) => lab.nft("r", RULES),
  etc: { "resolv.conf": "nameserver 10.77.1.99\nnameserver 10.77.1.1\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_FIRST_SERVER_DEAD", exit: 0, also: ["TCP_V6_BROKEN"], not: ["HTTP_HOST_BLOCKED"] },
};
