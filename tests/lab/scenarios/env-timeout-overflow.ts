// A time limit that overflows.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "API_TIMEOUT_MS is larger than a timer can be",
  env: { ANTHROPIC_API_KEY: "{KEY}", API_TIMEOUT_MS: "9999999999" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_TIMEOUT_OVERFLOW", exit: 1, fix: /export API_TIMEOUT_MS=600000/ },
};
