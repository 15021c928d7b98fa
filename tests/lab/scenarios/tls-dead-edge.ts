// An address that accepts and never answers.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the API address accepts TCP and never answers TLS",
  world: (lab) => lab.origin({ mode: "silent" }),
  args: ["--as", "node"],
  expect: { verdict: "TLS_DEAD_ENDPOINT", exit: 1 },
};
