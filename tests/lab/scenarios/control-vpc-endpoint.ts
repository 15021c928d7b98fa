// A private endpoint of the platform by split horizon.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "inside a VPC the name of the API leads to a private address, and works",
  world: (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["10.77.2.60"] } });
    lab.origin({ address: "10.77.2.60", edge: true });
  },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
