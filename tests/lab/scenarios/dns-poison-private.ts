// A company resolver that diverts the name to a device that does not serve it.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the API resolves to an address inside the network that shows an unknown certificate",
  world: (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["10.77.2.70"] } });
    lab.origin({ address: "10.77.2.70", chain: "self-signed", backend: "page" });
  },
  args: ["--as", "node"],
  expect: { verdict: "DNS_PRIVATE_ADDRESS", exit: 1 },
};
