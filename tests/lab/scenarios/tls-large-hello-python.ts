// A box that resets large ClientHellos, seen by a program with a small one.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a middlebox resets large ClientHellos; Python sends a small one and works, others will not",
  world: (lab) =>
    lab
      .sh(
        "r",
        `iptables -A FORWARD -p tcp --dport 443 -m length --length 1000:65535 -m connbytes --connbytes 0:3 --connbytes-dir original --connbytes-mode packets -j REJECT --reject-with tcp-reset
ip6tables -A FORWARD -p tcp --dport 443 -m length --length 1000:65535 -m connbytes --connbytes 0:3 --connbytes-dir original --connbytes-mode packets -j REJECT --reject-with tcp-reset`,
      )
      .then(() => {}),
  args: ["--as", "python"],
  expect: { verdict: "TLS_LARGE_HELLO_RESET", exit: 0 },
};
