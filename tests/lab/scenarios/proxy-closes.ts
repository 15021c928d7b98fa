// A proxy that closes every connection.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy accepts connections and closes them when it is asked for a tunnel",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", { mode: "close" });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_CLOSES", exit: 1 },
};
