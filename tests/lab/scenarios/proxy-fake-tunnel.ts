// Something that answers 200 and is no proxy.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers 200 to CONNECT and then sends JSON",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", { mode: "fake" });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_FAKE_TUNNEL", exit: 1, fix: /ANTHROPIC_BASE_URL/ },
};
