// A proxy without http:// in front.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-20"],
  kind: "fault",
  about: "HTTPS_PROXY=10.77.1.1:3128 without a scheme, for Claude Code",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: { HTTPS_PROXY: "10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SCHEME_MISSING", exit: 1, fix: /http:\/\/10\.77\.1\.1:3128/ },
};
