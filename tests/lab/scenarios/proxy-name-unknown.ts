// The proxy's name does not exist.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy is named by a name that nobody knows",
  env: { HTTPS_PROXY: "http://proxy.corp.example:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_NXDOMAIN", exit: 1 },
};
