// A filter that resets by server name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-17"],
  kind: "fault",
  about: "a filter on the way resets handshakes that name api.anthropic.com",
  world: (lab) =>
    lab
      .sh(
        "r",
        `iptables -A FORWARD -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j REJECT --reject-with tcp-reset
ip6tables -A FORWARD -p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j REJECT --reject-with tcp-reset`,
      )
      .then(() => {}),
  args: ["--as", "node"],
  expect: { verdict: "TLS_SNI_RESET", exit: 1, fix: /HTTPS_PROXY/ },
};
