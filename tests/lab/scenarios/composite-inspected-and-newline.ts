// TLS is inspected, and the key ends with a line feed.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "TLS is inspected by somebody unknown, and the key ends with a line feed",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}\n" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, also: ["ENV_KEY_WHITESPACE"] },
};
