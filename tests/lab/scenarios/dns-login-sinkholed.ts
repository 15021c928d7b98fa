// A blocklist that holds hosts of the login, and not the API.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-03"],
  kind: "fault",
  about: "the API resolves, the hosts of the login are sinkholed",
  world: (lab) => lab.dns({ answers: { "platform.claude.com": ["0.0.0.0"], "claude.ai": ["0.0.0.0"] } }),
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_HOST_BLOCKED", exit: 0, not: ["DNS_SINKHOLE"], says: /platform\.claude\.com/ },
};
