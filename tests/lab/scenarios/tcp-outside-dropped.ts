// A network without a way out.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet block {
  chain f {
    type filter hook forward priority 0;
    drop
  }
}`;

export const scenario: Scenario = {
  rows: ["TCP-13"],
  kind: "fault",
  about: "everything to the outside is dropped, as behind a VPN whose far end is gone",
  world: (lab) => lab.nft("r", RULES),
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_TIMEOUT", exit: 1, not: ["TCP_PORT_BLOCKED"], fix: /VPN/ },
};
