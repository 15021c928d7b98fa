// A forged answer that points to an address where nobody is.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the API resolves to a public address that drops everything",
  world: async (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["203.0.113.98"] } });
    await lab.nft(
      "r",
      "table inet f {\n  chain f {\n    type filter hook forward priority 0;\n    ip daddr 203.0.113.98 drop\n  }\n}",
    );
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_POISONED", exit: 1, not: ["TCP_TIMEOUT"] },
};
