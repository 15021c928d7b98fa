// A SOCKS port behind http://.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-05"],
  kind: "fault",
  about: "HTTPS_PROXY=http:// names the port of microsocks",
  world: async (lab) => {
    await lab.start("r", "microsocks", ["-i", "10.77.1.1", "-p", "1080"], { port: 1080 });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:1080" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_IS_SOCKS", exit: 1, fix: /mixed-port/ },
};
