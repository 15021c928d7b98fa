// A client without IPv6, while the API has both.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the client has no IPv6 at all; the name has both kinds of addresses",
  world: async (lab) => {
    await lab.sh("c", "ip -6 route flush default; ip -6 addr flush dev c0 scope global");
  },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
