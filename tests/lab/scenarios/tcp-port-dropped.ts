// A network that drops port 443 altogether.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    tcp dport 443 drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-12"],
  kind: "fault",
  about: "port 443 is dropped for every host, port 80 gets through",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_PORT_BLOCKED", exit: 1, not: ["TCP_TIMEOUT"] },
};
