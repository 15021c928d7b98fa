// A line in the hosts file that leads to a server of somebody else.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the hosts file pins the API to a server that is not Anthropic",
  world: (lab) => lab.origin({ address: "203.0.113.96", chain: "self-signed", backend: "page" }),
  etc: { hosts: "127.0.0.1 localhost\n203.0.113.96 api.anthropic.com claude.ai\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_HOSTS_OVERRIDE", exit: 1, fix: /sed -i.*api/ },
};
