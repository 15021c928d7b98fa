// A key with an invisible character in it.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-05"],
  kind: "fault",
  about: "a zero-width space came along when the key was copied",
  env: { ANTHROPIC_API_KEY: (lab) => `${lab.key.slice(0, 30)}\u200b${lab.key.slice(30)}` },
  args: ["--as", "node"],
  expect: { verdict: "ENV_KEY_BAD_CHARACTERS", exit: 1, says: /U\+200B.*31|31.*U\+200B/ },
};
