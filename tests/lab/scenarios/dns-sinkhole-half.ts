// A filter that blanks IPv6 only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "AAAA is answered with ::, A with the true address: IPv6 itself is well",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["160.79.104.10", "::"] } }),
  args: ["--as", "node"],
  expect: { verdict: "TCP_ADDRESS_DEAD", exit: 0, not: ["TCP_V6_BROKEN"], says: /filter blanks/, fix: /allow list/ },
};
