// The dot that ends a full name.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "https://api.anthropic.com. is the same name, no misspelt one",
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://api.anthropic.com." },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
