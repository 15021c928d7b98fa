// A proxy behind TLS, with http:// in the variable.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy's port speaks TLS only",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", {
      mode: "work",
      cert: "{PKI:good.chain.pem}",
      key: "{PKI:leaf.key}",
    });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_WANTS_TLS", exit: 1, fix: /https:\/\/10\.77\.1\.1:3128/ },
};
