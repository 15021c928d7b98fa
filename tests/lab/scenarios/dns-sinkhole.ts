// A DNS filter.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the API resolves to 0.0.0.0, as Pi-hole blocks",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["0.0.0.0"] } }),
  args: ["--as", "node"],
  expect: { verdict: "DNS_SINKHOLE", exit: 1, not: ["TCP_REFUSED", "TCP_REFUSED_LOOPBACK"], fix: /pihole|白名单/ },
};
