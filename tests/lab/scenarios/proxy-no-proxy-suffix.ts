// A bare suffix in NO_PROXY on Node 22.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NO_PROXY=corp.example takes the gateway past the proxy for curl, and not for Node 22",
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
    NO_PROXY: "localhost,corp.example",
  },
  nodes: [22],
  args: ["--as", "node"],
  expect: { verdict: "PROXY_NO_PROXY_GRAMMAR", exit: 1, fix: /claude\.corp\.example/ },
};
