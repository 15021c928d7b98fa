// An old address among the good ones.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the first of two addresses does not answer",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["160.79.104.99", "160.79.104.10"] } }),
  args: ["--as", "python"],
  expect: { verdict: "TCP_ADDRESS_DEAD", exit: 0, says: /160\.79\.104\.99:443 does not answer/ },
};
