// A box that swallows large ClientHellos.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-09"],
  kind: "fault",
  about: "a middlebox drops a ClientHello that takes more than a packet, and nothing else",
  world: (lab) =>
    lab
      .sh(
        "r",
        `iptables -A FORWARD -p tcp --dport 443 -m string --hex-string "|16030106|" --algo bm --to 120 -j DROP
ip6tables -A FORWARD -p tcp --dport 443 -m string --hex-string "|16030106|" --algo bm --to 120 -j DROP`,
      )
      .then(() => {}),
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_LARGE_HELLO_DROPPED", exit: 1, not: ["MTU_UPLINK_HOLE"] },
};
