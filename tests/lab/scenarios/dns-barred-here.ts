// A firewall of this machine that lets no DNS out.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-11"],
  kind: "fault",
  about: "the local firewall drops what goes to port 53: the system refuses to send",
  world: async (lab) => {
    await lab.sh("c", "iptables -A OUTPUT -p udp --dport 53 -j DROP; iptables -A OUTPUT -p tcp --dport 53 -j DROP");
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_NO_SERVER", exit: 1, says: /lets no question out/, fix: /iptables -S OUTPUT/ },
};
