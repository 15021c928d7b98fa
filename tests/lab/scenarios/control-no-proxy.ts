// A gateway that NO_PROXY takes past the proxy.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the proxy refuses everything, and NO_PROXY takes the gateway past it",
  world: async (lab) => {
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
    await lab.tinyproxy(3128, ["Deny 10.77.1.0/24"]);
  },
  env: {
    ANTHROPIC_BASE_URL: "https://claude.corp.example",
    ANTHROPIC_API_KEY: "{KEY}",
    HTTPS_PROXY: "http://10.77.1.1:3128",
    NODE_USE_ENV_PROXY: "1",
    NO_PROXY: "localhost,.corp.example",
  },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
