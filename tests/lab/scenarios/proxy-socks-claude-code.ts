// A SOCKS URL for Claude Code.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-05"],
  kind: "fault",
  about: "HTTPS_PROXY=socks5:// for Claude Code, which speaks to HTTP proxies only",
  world: async (lab) => {
    await lab.start("r", "microsocks", ["-i", "10.77.1.1", "-p", "1080"], { port: 1080 });
  },
  env: { HTTPS_PROXY: "socks5://10.77.1.1:1080" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SOCKS_UNSUPPORTED", exit: 1, fix: /mixed-port/ },
};
