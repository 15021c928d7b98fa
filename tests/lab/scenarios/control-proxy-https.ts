// A proxy behind TLS that works.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "an https:// proxy with a good certificate",
  world: async (lab) => {
    lab.dns({ answers: { "proxy.corp.example": ["10.77.1.1"] } });
    await lab.serve("r", "10.77.1.1", 3129, "proxy.ts", {
      mode: "work",
      cert: "{PKI:good.chain.pem}",
      key: "{PKI:leaf.key}",
    });
  },
  env: { HTTPS_PROXY: "https://proxy.corp.example:3129" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
