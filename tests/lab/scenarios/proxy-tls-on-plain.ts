// https:// for a plain proxy.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-11"],
  kind: "fault",
  about: "HTTPS_PROXY=https:// names a port that speaks plain HTTP",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: { HTTPS_PROXY: "https://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_TLS_ON_PLAIN", exit: 1, fix: /http:\/\/10\.77\.1\.1:3128/ },
};
