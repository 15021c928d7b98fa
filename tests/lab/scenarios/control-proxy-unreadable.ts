// A proxy variable whose value is no address, and a program that does not read it.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "HTTPS_PROXY holds words; Node does not read it and gets through",
  env: { HTTPS_PROXY: "see the wiki" },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0, also: ["PROXY_NOT_READ"] },
};
