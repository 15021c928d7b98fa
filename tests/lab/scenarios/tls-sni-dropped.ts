// A filter that swallows by server name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a filter on the way drops handshakes that name api.anthropic.com",
  world: (lab) =>
    lab
      .sh(
        "r",
        `iptables -A FORWARD -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j DROP
ip6tables -A FORWARD -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j DROP`,
      )
      .then(() => {}),
  args: ["--as", "node"],
  expect: { verdict: "TLS_SNI_DROPPED", exit: 1, fix: /HTTPS_PROXY/ },
};
