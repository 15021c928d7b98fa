// A resolver that swallows questions for IPv6 addresses, and a key that is not valid.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "questions for AAAA are swallowed, and the key is not valid",
  world: (lab) => lab.dns({ dropAaaa: true }),
  env: { ANTHROPIC_API_KEY: `sk-ant-api03-${"w".repeat(93)}AA` },
  args: ["--as", "node"],
  expect: { verdict: "DNS_AAAA_DROPPED", exit: 1, also: ["AUTH_INVALID_KEY"] },
};
