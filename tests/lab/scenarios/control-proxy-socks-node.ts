// A SOCKS proxy that Node 24 speaks to.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "HTTPS_PROXY=socks5:// with microsocks",
  world: async (lab) => {
    await lab.start("r", "microsocks", ["-i", "10.77.1.1", "-p", "1080"], { port: 1080 });
  },
  env: { HTTPS_PROXY: "socks5://10.77.1.1:1080", NODE_USE_ENV_PROXY: "1" },
  nodes: [24, 26],
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
