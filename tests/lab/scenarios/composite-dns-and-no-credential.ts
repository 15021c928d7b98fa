// A name server that never answers, and no credential either.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the only name server swallows every question, and Claude Code is not logged in",
  world: (lab) => lab.dns({ mode: "silent" }),
  env: { ANTHROPIC_API_KEY: null },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_TIMEOUT", also: ["AUTH_NO_CREDENTIAL"], exit: 1, fix: /resolv\.conf/ },
};
