// A local proxy program whose node is dead.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers 200 at once and closes every tunnel at its first bytes",
  world: async (lab) => {
    await lab.serve("c", "127.0.0.1", 7890, "proxy.ts", { mode: "dead" });
  },
  env: { HTTPS_PROXY: "http://127.0.0.1:7890" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_TUNNEL_DEAD", exit: 1, fix: /curl/ },
};
