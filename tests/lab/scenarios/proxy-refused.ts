// Nothing listens at the proxy's port.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a proxy of the company whose port is closed",
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UNREACHABLE", exit: 1, fix: /unset HTTPS_PROXY|VPN/, says: /ECONNREFUSED/ },
};
