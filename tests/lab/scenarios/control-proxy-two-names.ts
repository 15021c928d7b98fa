// Two proxies for two kinds of traffic.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "HTTP_PROXY and HTTPS_PROXY differ on purpose, and the one for https works",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128", HTTP_PROXY: "http://10.77.1.1:3199" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
