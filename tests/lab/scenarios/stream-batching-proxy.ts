// The proxy hands tunnels on in batches; past it the stream is steady.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "the proxy hands tunnels on in batches every 0.7 s, and past it the stream is steady",
  world: async (lab) => {
    lab.simulator({
      regions: [
        {
          name: "lab",
          firstTokenMs: { kind: "lognormal", median: 60, sigma: 0.1 },
          tokensPerSecond: { kind: "lognormal", median: 30, sigma: 0.05 },
        },
      ],
    });
    await lab.serve("r", "10.77.1.1", 3128, "batching-proxy.ts", {
      everyMs: 700,
      to: { host: "160.79.104.10", port: 443 },
    });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BATCHED", exit: 0, says: /past it|绕过它/, fix: /proxy_buffering off/ },
};
