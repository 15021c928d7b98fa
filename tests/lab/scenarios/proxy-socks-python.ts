// ALL_PROXY with SOCKS for Python without socksio.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-07"],
  kind: "fault",
  about: "ALL_PROXY=socks5:// for httpx, which lacks socksio",
  world: async (lab) => {
    await lab.start("r", "microsocks", ["-i", "10.77.1.1", "-p", "1080"], { port: 1080 });
  },
  env: { ALL_PROXY: "socks5://10.77.1.1:1080" },
  home: { ".local/bin/python3": "#!/bin/sh\nexit 3\n" },
  args: ["--as", "python"],
  expect: { verdict: "PROXY_SOCKS_UNSUPPORTED", exit: 1, fix: /httpx\[socks\]/ },
};
