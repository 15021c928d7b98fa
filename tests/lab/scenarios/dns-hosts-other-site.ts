// A hosts line that leads to a web site with a certificate for every name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the hosts file pins api.anthropic.com to a web site whose certificate holds that name, too",
  etc: { hosts: "127.0.0.1 localhost\n203.0.113.10 api.anthropic.com\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_HOSTS_OVERRIDE", exit: 1, fix: /sed -i\.bak .*\/etc\/hosts/ },
};
