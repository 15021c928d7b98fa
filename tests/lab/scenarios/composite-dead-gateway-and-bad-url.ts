// Two settings files, one with a dead gateway that counts, one with a broken value.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the project's settings name a gateway that is not there, and API_TIMEOUT_MS overflows",
  env: { ANTHROPIC_API_KEY: "{KEY}", API_TIMEOUT_MS: "3000000000" },
  cwd: { ".claude/settings.json": JSON.stringify({ env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:8787" } }) },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_TIMEOUT_OVERFLOW", exit: 1, also: ["TCP_REFUSED_LOOPBACK"] },
};
