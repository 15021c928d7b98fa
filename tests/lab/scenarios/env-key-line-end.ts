// A key with a line end, in Python.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "ANTHROPIC_API_KEY ends with a line end, which httpx refuses to send",
  env: { ANTHROPIC_API_KEY: "{KEY}\n" },
  args: ["--as", "python"],
  expect: { verdict: "ENV_KEY_WHITESPACE", exit: 1, fix: /tr -d/ },
};
