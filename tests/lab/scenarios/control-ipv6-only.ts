// A client with IPv6 only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a client that has IPv6 only, its resolver as well",
  world: async (lab) => {
    lab.dns({ address: "fd77:1::1" });
    await lab.sh("c", "ip -4 addr flush dev c0");
  },
  etc: { "resolv.conf": "nameserver fd77:1::1\n" },
  args: ["--as", "curl"],
  expect: { verdict: null, exit: 0 },
};
