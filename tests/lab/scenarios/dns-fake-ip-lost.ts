// A fake address that nobody takes up any more.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-05"],
  kind: "fault",
  about: "the name resolves to 198.18.0.2, and no proxy software catches it",
  world: (lab) => lab.dns({ answers: { "api.anthropic.com": ["198.18.0.2"] } }),
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_FAKE_IP_LOST", exit: 1, not: ["TCP_TIMEOUT", "TCP_NO_ROUTE"], fix: /fakeip\/flush/ },
};
