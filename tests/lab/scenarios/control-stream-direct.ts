// A streamed answer straight from the API.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a streamed answer, plain and compressed, straight from the API",
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: null, exit: 0 },
};
