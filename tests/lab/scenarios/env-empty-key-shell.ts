// An empty key in the shell, and nothing else.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-05"],
  kind: "fault",
  about: "a wrapper has exported ANTHROPIC_API_KEY as an empty text",
  env: { ANTHROPIC_API_KEY: "" },
  args: ["--as", "node"],
  expect: { verdict: "ENV_EMPTY_CREDENTIAL", exit: 1, fix: /unset ANTHROPIC_API_KEY/ },
};
