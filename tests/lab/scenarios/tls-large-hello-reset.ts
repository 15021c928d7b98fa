// A box that resets large ClientHellos.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-14"],
  kind: "fault",
  about: "a middlebox resets connections whose ClientHello takes more than a packet",
  world: (lab) =>
    lab
      .sh(
        "r",
        `iptables -A FORWARD -p tcp --dport 443 -m length --length 1000:65535 -m connbytes --connbytes 0:3 --connbytes-dir original --connbytes-mode packets -j REJECT --reject-with tcp-reset
ip6tables -A FORWARD -p tcp --dport 443 -m length --length 1000:65535 -m connbytes --connbytes 0:3 --connbytes-dir original --connbytes-mode packets -j REJECT --reject-with tcp-reset`,
      )
      .then(() => {}),
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_LARGE_HELLO_RESET", exit: 1, not: ["MTU_UPLINK_HOLE"] },
};
