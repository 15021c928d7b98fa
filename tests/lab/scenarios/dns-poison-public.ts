// A forged answer that points to somebody else's server.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the API resolves to the server of another site, whose certificate has another name",
  world: (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["203.0.113.99"] } });
    lab.origin({ address: "203.0.113.99", chain: "wrong-name", backend: "page" });
  },
  args: ["--as", "node"],
  expect: { verdict: "DNS_POISONED", exit: 1, says: /160\.79\.104\.0/ },
};
