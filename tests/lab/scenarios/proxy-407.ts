// A proxy that wants a login.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-02"],
  kind: "fault",
  about: "tinyproxy wants a name and a password, the URL holds none",
  world: async (lab) => {
    await lab.tinyproxy(3128, ["BasicAuth dev s3cret-w0rd"]);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_AUTH_REQUIRED", exit: 1, fix: /NAME:/, says: /40[17]/ },
};
