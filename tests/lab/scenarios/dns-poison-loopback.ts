// A forged answer that points to this machine.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-02"],
  kind: "fault",
  about: "the API resolves to 127.0.0.1",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["127.0.0.1"] } }),
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_SINKHOLE", exit: 1, not: ["TCP_REFUSED_LOOPBACK"] },
};
