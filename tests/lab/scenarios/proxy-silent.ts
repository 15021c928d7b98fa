// A proxy that never answers.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy accepts connections and never answers",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", { mode: "silent" });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SILENT", exit: 1 },
};
