// No router, and a key with quotation marks.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TCP-13", "API-05"],
  kind: "composite",
  about: "the default route leads to nobody, and the key is quoted: both are told",
  world: async (lab) => {
    await lab.sh("c", "ip route replace default via 10.77.1.200; ip -6 route replace default via fd77:1::200");
  },
  env: { ANTHROPIC_API_KEY: "'{KEY}'" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_QUOTED", exit: 1, also: ["TCP_TIMEOUT"] },
};
