// A proxy variable that Node does not read, with a direct way that works.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "HTTPS_PROXY names a dead proxy; Node goes direct and gets through",
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
