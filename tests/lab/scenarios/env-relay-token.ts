// A token of a relay, and the base URL of the relay forgotten.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-14"],
  kind: "fault",
  about: "ANTHROPIC_AUTH_TOKEN was issued by a relay, and requests go to api.anthropic.com",
  env: { ANTHROPIC_AUTH_TOKEN: "cr_0123456789abcdef0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_FOREIGN", exit: 1, fix: /ANTHROPIC_BASE_URL/ },
};
