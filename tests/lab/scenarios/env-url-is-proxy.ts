// The proxy's address as the base URL.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ANTHROPIC_BASE_URL and HTTPS_PROXY name the same port",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: {
    ANTHROPIC_API_KEY: "{KEY}",
    ANTHROPIC_BASE_URL: "http://10.77.1.1:3128",
    HTTPS_PROXY: "http://10.77.1.1:3128",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_IS_PROXY", exit: 1, fix: /unset ANTHROPIC_BASE_URL/ },
};
